package io.sentencestreams.trainer.evaluation;

import java.util.List;
import java.util.function.Function;

/** Measures an encoder on a task. An evaluator holds its data and can be used again. */
@FunctionalInterface
public interface Evaluator {
  /**
   * Measures an encoder.
   *
   * @param encoder gives one embedding per text, in the order of the texts; all have one length
   * @throws IllegalStateException if the encoder gives another number of embeddings than it got
   *     texts, or an embedding with a value that is not finite
   */
  Evaluation evaluate(Function<List<String>, float[][]> encoder);
}
