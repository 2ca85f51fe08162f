package io.sentencestreams.trainer.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.List;

/**
 * Pulls pairs with label 1 together and pushes pairs with label 0 apart up to a margin (Hadsell et
 * al. 2006). Two columns.
 *
 * @param margin 0.5 in the reference
 * @param average whether the mean over the pairs is taken, not the sum
 */
public record ContrastiveLoss(Distance distance, double margin, boolean average) implements Loss {
  /** With the reference's settings. */
  public ContrastiveLoss() {
    this(Distance.COSINE, 0.5, true);
  }

  @Override
  public String name() {
    return "ContrastiveLoss(distance=%s, margin=%s, average=%s)"
        .formatted(distance, margin, average);
  }

  @Override
  public void checkColumns(int columns) {
    LossChecks.columns(name(), columns, 2, 2);
  }

  @Override
  public void checkLabels(float[][] labels) {
    LossChecks.classes(name(), labels, 2);
  }

  @Override
  public NDArray compute(List<NDArray> columns, float[][] labels, NDManager memory) {
    return LossScript.compute(
        "contrastive", columns, labels, memory, distance.code(), margin, average ? 1 : 0);
  }
}
