package io.sentencestreams.trainer.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.List;

/**
 * The binary cross-entropy of a cross-encoder's score behind a sigmoid, against labels from 0 to 1
 * (the reference's {@code BinaryCrossEntropyLoss}).
 */
public final class BinaryCrossEntropyLoss implements Loss {
  @Override
  public String name() {
    return "BinaryCrossEntropyLoss";
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
    LossChecks.range(name(), labels, 0, 1);
  }

  @Override
  public NDArray compute(List<NDArray> columns, float[][] labels, NDManager memory) {
    LossChecks.scores(name(), columns.get(0), 1);
    return LossScript.compute("binary_cross_entropy", columns, labels, memory);
  }
}
