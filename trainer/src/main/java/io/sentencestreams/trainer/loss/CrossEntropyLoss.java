package io.sentencestreams.trainer.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.List;

/**
 * The cross-entropy of a cross-encoder's classes; labels are classes, counted from 0 (the
 * reference's {@code CrossEntropyLoss}).
 */
public final class CrossEntropyLoss implements Loss {
  private final int classes;

  /**
   * A loss.
   *
   * @param classes as many as the cross-encoder has labels
   */
  public CrossEntropyLoss(int classes) {
    if (classes < 2) {
      throw new IllegalArgumentException("CrossEntropyLoss needs two classes, not " + classes);
    }
    this.classes = classes;
  }

  @Override
  public String name() {
    return "CrossEntropyLoss(classes=%d)".formatted(classes);
  }

  @Override
  public boolean scoresPairs() {
    return true;
  }

  @Override
  public void checkColumns(int columns) {
    LossChecks.columns(name(), columns, 2, 2);
  }

  @Override
  public void checkLabels(float[][] labels) {
    LossChecks.classes(name(), labels, classes);
  }

  @Override
  public NDArray compute(List<NDArray> columns, float[][] labels, NDManager memory) {
    LossChecks.scores(name(), columns.get(0), classes);
    return LossScript.compute("cross_entropy", columns, labels, memory);
  }
}
