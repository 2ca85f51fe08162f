package io.sentencestreams.trainer.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.List;

/**
 * Contrastive loss of the hard pairs of a batch alone: negatives nearer than the furthest positive,
 * positives further than the nearest negative; their sum. Two columns, labels 0 or 1.
 *
 * @param margin 0.5 in the reference
 */
public record OnlineContrastiveLoss(Distance distance, double margin) implements Loss {
  /** With the reference's settings. */
  public OnlineContrastiveLoss() {
    this(Distance.COSINE, 0.5);
  }

  @Override
  public String name() {
    return "OnlineContrastiveLoss(distance=%s, margin=%s)".formatted(distance, margin);
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
        "online_contrastive", columns, labels, memory, distance.code(), margin);
  }
}
