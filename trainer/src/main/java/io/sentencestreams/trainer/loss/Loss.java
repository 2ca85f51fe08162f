package io.sentencestreams.trainer.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.List;
import java.util.Map;

/**
 * What training makes small, as a function of the embeddings of a batch.
 *
 * <p>An own loss computes with array operations, or with a {@code TensorScript}; gradients flow
 * through both. A loss with parameters of its own, such as a classifier, owns their native memory
 * and is closed by whoever made it.
 */
public interface Loss extends AutoCloseable {
  /** The name that reports and provenance show, with the settings that matter. */
  String name();

  /**
   * Columns of texts that an example has.
   *
   * @throws IllegalArgumentException if the loss cannot be computed on so many; the message says on
   *     how many it can
   */
  void checkColumns(int columns);

  /**
   * Checks the labels of a batch.
   *
   * @param labels for each example its label: one number, or a vector where the loss compares with
   *     embeddings
   * @throws IllegalArgumentException if a label is not one that the loss is for; the message names
   *     the example, counted from 0
   */
  default void checkLabels(float[][] labels) {}

  /**
   * The loss of a batch.
   *
   * @param columns for each column of texts their embeddings: [examples, dimension]
   * @param labels as for {@link #checkLabels}; ignored by a loss that needs none
   * @param memory takes what is computed
   * @return a scalar that can be differentiated
   */
  NDArray compute(List<NDArray> columns, float[][] labels, NDManager memory);

  /**
   * Whether it is for cross-encoders: examples have two texts, and {@link #compute} gets one column
   * with what the model makes of each pair, [examples, labels].
   */
  default boolean scoresPairs() {
    return false;
  }

  /** Parameters that are trained with the encoder's, each with a gradient attached. */
  default Map<String, NDArray> parameters() {
    return Map.of();
  }

  /**
   * Texts of a column whose activations are in memory at once; 0 for all of the batch.
   *
   * <p>Where it is not 0 the trainer caches gradients (Gao et al. 2021): it embeds all texts
   * without gradients, differentiates the loss by the embeddings, and runs the encoder again for
   * one part after the other.
   */
  default int miniBatch() {
    return 0;
  }

  @Override
  default void close() {}
}
