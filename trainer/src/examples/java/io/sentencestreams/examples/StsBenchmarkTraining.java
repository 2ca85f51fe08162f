package io.sentencestreams.examples;

import io.sentencestreams.model.EncoderOptions;
import io.sentencestreams.model.SentenceEncoder;
import io.sentencestreams.model.checkpoint.Checkpoint;
import io.sentencestreams.model.repository.ModelRepository;
import io.sentencestreams.model.training.TrainableEncoder;
import io.sentencestreams.model.training.TrainableOptions;
import io.sentencestreams.trainer.Objective;
import io.sentencestreams.trainer.Trainer;
import io.sentencestreams.trainer.TrainingListener;
import io.sentencestreams.trainer.TrainingReport;
import io.sentencestreams.trainer.TrainingSettings;
import io.sentencestreams.trainer.Validation;
import io.sentencestreams.trainer.data.Sampling;
import io.sentencestreams.trainer.data.StsReader;
import io.sentencestreams.trainer.evaluation.EmbeddingSimilarityEvaluator;
import io.sentencestreams.trainer.loss.CosineSimilarityLoss;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Trains a model on sentence pairs with scores, keeps the best by a second file, and scores that
 * one once on a third.
 *
 * <pre>{@code
 * java -cp "stream-app/target/distribution/lib/*" \
 *   trainer/src/examples/java/io/sentencestreams/examples/StsBenchmarkTraining.java \
 *   sts-train.csv sts-dev.csv sts-test.csv OUTPUT
 * }</pre>
 */
public final class StsBenchmarkTraining {
  private StsBenchmarkTraining() {}

  /** Takes the files to train, to choose and to test on, and the output. */
  public static void main(String[] args) throws IOException {
    if (args.length != 4) {
      throw new IllegalArgumentException("usage: TRAIN DEV TEST OUTPUT");
    }
    Path output = Path.of(args[3]);
    Checkpoint base =
        ModelRepository.ofUser()
            .resolve("bge-small-en-v1.5", (name, step) -> System.err.println(name + ": " + step));
    try (TrainableEncoder encoder = TrainableEncoder.load(base, TrainableOptions.DEFAULT)) {
      Objective objective =
          new Objective(
              "sts",
              StsReader.readToTrain(Path.of(args[0]), 5),
              new CosineSimilarityLoss(),
              Sampling.SHUFFLED,
              32);
      TrainingReport report =
          new Trainer(
                  encoder,
                  List.of(objective),
                  Optional.of(Validation.spearman(Path.of(args[1]))),
                  TrainingSettings.builder().epochs(2).learningRate(3e-5).build(),
                  output)
              .run(TrainingListener.NONE);
      System.out.println("best dev score " + report.bestScore().orElseThrow());
    }
    try (SentenceEncoder trained =
        SentenceEncoder.load(output.resolve("model"), EncoderOptions.DEFAULT)) {
      EmbeddingSimilarityEvaluator test =
          new EmbeddingSimilarityEvaluator(StsReader.read(Path.of(args[2])));
      System.out.println("test score " + test.evaluate(trained::encode).spearman());
    }
  }
}
