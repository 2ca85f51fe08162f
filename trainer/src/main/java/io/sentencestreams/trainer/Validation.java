package io.sentencestreams.trainer;

import io.sentencestreams.model.training.TrainableEncoder;
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
}
