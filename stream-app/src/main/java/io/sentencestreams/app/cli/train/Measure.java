package io.sentencestreams.app.cli.train;

import io.sentencestreams.model.CrossEncoder;
import io.sentencestreams.model.EncoderOptions;
import io.sentencestreams.model.Precision;
import io.sentencestreams.model.SentenceEncoder;
import io.sentencestreams.model.checkpoint.Checkpoint;
import io.sentencestreams.model.training.TrainableEncoder;
import io.sentencestreams.trainer.evaluation.Evaluation;
import io.sentencestreams.trainer.evaluation.Evaluator;
import io.sentencestreams.trainer.evaluation.PairEvaluator;

/** Measures a model of a run, while it is trained and when it is saved. */
sealed interface Measure {
  /** What saved models compute in. */
  EncoderOptions OPTIONS = EncoderOptions.DEFAULT.withPrecision(Precision.FP32);

  /**
   * Checks that a model fits.
   *
   * @throws IllegalArgumentException if it does not
   */
  void check(Checkpoint model);

  /** Of the model as it is now. */
  Evaluation of(TrainableEncoder trained);

  /** Of a saved model. */
  Evaluation of(Checkpoint saved);

  /** Of sentence encoders. */
  record OfTexts(Evaluator evaluator) implements Measure {
    @Override
    public void check(Checkpoint model) {
      // Evaluators of embeddings take those of any length.
    }

    @Override
    public Evaluation of(TrainableEncoder trained) {
      return evaluator.evaluate(trained::encode);
    }

    @Override
    public Evaluation of(Checkpoint saved) {
      try (SentenceEncoder encoder = SentenceEncoder.load(saved, OPTIONS)) {
        return evaluator.evaluate(encoder::encode);
      }
    }
  }

  /** Of cross-encoders. */
  record OfPairs(PairEvaluator evaluator) implements Measure {
    @Override
    public void check(Checkpoint model) {
      evaluator.checkLabels(model.scoring().orElseThrow().labels().size());
    }

    @Override
    public Evaluation of(TrainableEncoder trained) {
      return evaluator.evaluate(trained::score);
    }

    @Override
    public Evaluation of(Checkpoint saved) {
      try (CrossEncoder encoder = CrossEncoder.load(saved, OPTIONS)) {
        return evaluator.evaluate(encoder::predict);
      }
    }
  }
}
