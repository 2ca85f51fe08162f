package io.sentencestreams.trainer.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.List;

/**
 * The mean squared error of cosine similarities against labels from -1 to 1, usually from 0
 * (Reimers and Gurevych 2019). Two columns.
 */
public final class CosineSimilarityLoss implements Loss {
  @Override
  public String name() {
    return "CosineSimilarityLoss";
  }

  @Override
  public void checkColumns(int columns) {
    LossChecks.columns(name(), columns, 2, 2);
  }

  @Override
  public void checkLabels(float[][] labels) {
    LossChecks.range(name(), labels, -1, 1);
  }

  @Override
  public NDArray compute(List<NDArray> columns, float[][] labels, NDManager memory) {
    return LossScript.compute("cosine_similarity", columns, labels, memory);
  }
}
