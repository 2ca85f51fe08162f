package io.sentencestreams.trainer.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.List;

/**
 * How much less than a margin the negative is further from the anchor than the positive. Three
 * columns: anchor, positive, negative; no labels.
 *
 * @param margin 5 in the reference
 */
public record TripletLoss(Distance distance, double margin) implements Loss {
  /** With the reference's settings. */
  public TripletLoss() {
    this(Distance.EUCLIDEAN, 5);
  }

  @Override
  public String name() {
    return "TripletLoss(distance=%s, margin=%s)".formatted(distance, margin);
  }

  @Override
  public void checkColumns(int columns) {
    LossChecks.columns(name(), columns, 3, 3);
  }

  @Override
  public NDArray compute(List<NDArray> columns, float[][] labels, NDManager memory) {
    return LossScript.compute("triplet", columns, new float[0][], memory, distance.code(), margin);
  }
}
