package io.sentencestreams.trainer.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.List;

/**
 * The mean squared error of embeddings against those of a teacher (Reimers and Gurevych 2020). Any
 * number of columns; the label is the teacher's embedding, the same for each column.
 */
public final class MseLoss implements Loss {
  @Override
  public String name() {
    return "MSELoss";
  }

  @Override
  public void checkColumns(int columns) {
    LossChecks.columns(name(), columns, 1, Integer.MAX_VALUE);
  }

  @Override
  public void checkLabels(float[][] labels) {
    for (int i = 0; i < labels.length; i++) {
      if (labels[i].length != labels[0].length || labels[i].length < 2) {
        throw new IllegalArgumentException(
            "%s needs an embedding as label of each example; example %d has %d numbers"
                .formatted(name(), i, labels[i].length));
      }
    }
  }

  @Override
  public NDArray compute(List<NDArray> columns, float[][] labels, NDManager memory) {
    long dimension = columns.get(0).getShape().get(1);
    if (labels[0].length != dimension) {
      throw new IllegalArgumentException(
          "%s: the teacher's embeddings have %d dimensions, the student's %d"
              .formatted(name(), labels[0].length, dimension));
    }
    return LossScript.compute("mse", columns, labels, memory);
  }
}
