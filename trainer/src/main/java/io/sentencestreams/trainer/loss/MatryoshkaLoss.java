package io.sentencestreams.trainer.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Another loss on embeddings cut to several lengths, so that their first dimensions alone are good
 * embeddings too (Kusupati et al. 2022). Owns that loss.
 */
public final class MatryoshkaLoss implements Loss {
  private final Loss loss;
  private final Map<Integer, Double> weights;

  /**
   * Wraps a loss.
   *
   * @param weights what the loss at each length counts; the lengths should include the model's own
   * @throws IllegalArgumentException if a length is not positive, or the loss is a {@link
   *     SoftmaxLoss}, whose classifier takes embeddings of one length only
   */
  public MatryoshkaLoss(Loss loss, Map<Integer, Double> weights) {
    if (weights.isEmpty() || weights.keySet().stream().anyMatch(length -> length < 1)) {
      throw new IllegalArgumentException("Matryoshka lengths must be positive: " + weights);
    }
    if (loss instanceof SoftmaxLoss) {
      throw new IllegalArgumentException(
          "MatryoshkaLoss cannot cut embeddings for %s: its classifier takes one length only"
              .formatted(loss.name()));
    }
    this.loss = loss;
    this.weights = new TreeMap<>(Collections.reverseOrder());
    this.weights.putAll(weights);
  }

  @Override
  public String name() {
    return "MatryoshkaLoss(%s, %s)".formatted(loss.name(), weights);
  }

  @Override
  public void checkColumns(int columns) {
    loss.checkColumns(columns);
  }

  @Override
  public void checkLabels(float[][] labels) {
    loss.checkLabels(labels);
  }

  @Override
  public NDArray compute(List<NDArray> columns, float[][] labels, NDManager memory) {
    NDArray sum = null;
    long dimension = columns.get(0).getShape().get(1);
    for (Map.Entry<Integer, Double> entry : weights.entrySet()) {
      int length = entry.getKey();
      if (length > dimension) {
        throw new IllegalArgumentException(
            "%s: the embeddings have %d dimensions".formatted(name(), dimension));
      }
      List<NDArray> cut = new ArrayList<>();
      for (NDArray column : columns) {
        NDArray shorter = column.get(new NDIndex(":, 0:" + length));
        NDArray norm = shorter.norm(new int[] {1}, true).maximum(1e-12f);
        cut.add(shorter.div(norm));
      }
      NDArray term =
          loss.compute(cut, cut(labels, dimension, length), memory)
              .mul(entry.getValue().floatValue());
      sum = sum == null ? term : sum.add(term);
    }
    return sum;
  }

  /** Labels that are embeddings are cut as well. */
  private static float[][] cut(float[][] labels, long dimension, int length) {
    if (labels.length == 0 || labels[0].length != dimension || dimension == 1) {
      return labels;
    }
    return Arrays.stream(labels).map(label -> Arrays.copyOf(label, length)).toArray(float[][]::new);
  }

  @Override
  public Map<String, NDArray> parameters() {
    return loss.parameters();
  }

  @Override
  public int miniBatch() {
    return loss.miniBatch();
  }

  @Override
  public void close() {
    loss.close();
  }
}
