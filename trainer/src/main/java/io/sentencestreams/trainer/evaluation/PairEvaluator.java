package io.sentencestreams.trainer.evaluation;

import io.sentencestreams.model.TextPair;
import java.util.List;
import java.util.function.Function;

/** Measures a cross-encoder on a task. It holds its data and can be used again. */
@FunctionalInterface
public interface PairEvaluator {
  /**
   * Checks that a model fits, before it is trained for hours.
   *
   * @param labels how many numbers it gives for a pair
   * @throws IllegalArgumentException if the task needs another number
   */
  default void checkLabels(int labels) {}

  /**
   * Measures a cross-encoder.
   *
   * @param scores gives for each pair what the model makes of it, [pairs, labels], before or behind
   *     the activation: one that rises changes no ranking
   * @throws IllegalArgumentException if the model gives another number of labels than the task
   *     needs
   */
  Evaluation evaluate(Function<List<TextPair>, float[][]> scores);
}
