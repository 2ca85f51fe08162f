package io.sentencestreams.trainer;

import io.sentencestreams.model.training.TrainableEncoder;
import io.sentencestreams.trainer.data.StsReader;
import io.sentencestreams.trainer.evaluation.EmbeddingSimilarityEvaluator;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.ToDoubleFunction;

/**
 * What decides which model of a run is the best: a score on data that is not trained on.
 *
 * @param name of the score
 * @param digest of the data that it is computed on, by which a resumed run tells whether it is the
 *     same; may be empty
 * @param score higher is better
 */
public record Validation(String name, String digest, ToDoubleFunction<TrainableEncoder> score) {
  /** A score whose name says all. */
  public Validation(String name, ToDoubleFunction<TrainableEncoder> score) {
    this(name, "", score);
  }

  /** Spearman's correlation of the cosine similarities of sentence pairs with their scores. */
  public static Validation spearman(Path file) throws IOException {
    EmbeddingSimilarityEvaluator evaluator = new EmbeddingSimilarityEvaluator(StsReader.read(file));
    return new Validation(
        "spearman of " + file, encoder -> evaluator.evaluate(encoder::encode).spearman());
  }
}
