package io.sentencestreams.trainer.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.List;

/**
 * Ranks pairs by their labels (CoSENT, Su 2022): the logarithm of 1 plus the sum, over all two
 * pairs of the batch, of how far the one with the lower label is the more similar. Two columns.
 *
 * @param scale of the cosine similarities; 20 in the reference
 */
public record CoSentLoss(double scale) implements Loss {
  /** With the reference's scale. */
  public CoSentLoss() {
    this(20);
  }

  @Override
  public String name() {
    return "CoSENTLoss(scale=%s)".formatted(scale);
  }

  @Override
  public void checkColumns(int columns) {
    LossChecks.columns(name(), columns, 2, 2);
  }

  @Override
  public void checkLabels(float[][] labels) {
    LossChecks.numbers(name(), labels);
  }

  @Override
  public NDArray compute(List<NDArray> columns, float[][] labels, NDManager memory) {
    return LossScript.compute("cosent", columns, labels, memory, scale);
  }
}
