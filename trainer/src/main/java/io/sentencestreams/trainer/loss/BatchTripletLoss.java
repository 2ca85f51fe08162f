package io.sentencestreams.trainer.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Triplets found within a batch of labelled texts: texts of one label are each other's positives,
 * all others negatives. One column.
 *
 * @param margin 5 in the reference; the soft margin ignores it
 */
public record BatchTripletLoss(Mining mining, Distance distance, double margin) implements Loss {
  /** Which triplets count. */
  public enum Mining {
    /** The furthest positive and the nearest negative of each text (Hermans et al. 2017). */
    HARD("batch_hard"),
    /** The same with log(1 + exp(x)) instead of a margin. */
    HARD_SOFT_MARGIN("batch_hard_soft_margin"),
    /** The nearest negative that is further than the positive (Schroff et al. 2015). */
    SEMI_HARD("batch_semi_hard"),
    /** All that violate the margin. */
    ALL("batch_all");

    private final String method;

    Mining(String method) {
      this.method = method;
    }
  }

  /** Of the reference's distance and margin. */
  public BatchTripletLoss(Mining mining) {
    this(mining, Distance.EUCLIDEAN, 5);
  }

  @Override
  public String name() {
    return "BatchTripletLoss(mining=%s, distance=%s, margin=%s)"
        .formatted(mining, distance, margin);
  }

  @Override
  public void checkColumns(int columns) {
    LossChecks.columns(name(), columns, 1, 1);
  }

  /** Labels are whole numbers, with two classes at least and one of them twice. */
  @Override
  public void checkLabels(float[][] labels) {
    LossChecks.classes(name(), labels, Integer.MAX_VALUE);
    Map<Float, Integer> counts = new TreeMap<>();
    for (float[] label : labels) {
      counts.merge(label[0], 1, Integer::sum);
    }
    if (counts.size() < 2) {
      throw new IllegalArgumentException(
          "%s: all %d texts of the batch have the label %s, so there is no negative; group batches by label"
              .formatted(name(), labels.length, labels.length == 0 ? "none" : labels[0][0]));
    }
    if (counts.values().stream().allMatch(count -> count == 1)) {
      throw new IllegalArgumentException(
          "%s: no two of the %d texts of the batch share a label, so there is no positive; group batches by label"
              .formatted(name(), labels.length));
    }
  }

  @Override
  public NDArray compute(List<NDArray> columns, float[][] labels, NDManager memory) {
    return LossScript.compute(mining.method, columns, labels, memory, distance.code(), margin);
  }
}
