package io.sentencestreams.trainer.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * The cross-entropy of a linear classifier on pairs of embeddings (Reimers and Gurevych 2019). Two
 * columns; labels are classes, counted from 0. Owns the classifier's native memory.
 */
public final class SoftmaxLoss implements Loss {
  private final Features features;
  private final int classes;
  private final NDManager memory;
  private final NDArray weight;
  private final NDArray bias;

  /**
   * What the classifier sees of two embeddings u and v.
   *
   * @param embeddings u and v
   * @param difference |u - v|
   * @param product u * v
   */
  public record Features(boolean embeddings, boolean difference, boolean product) {
    /** (u, v, |u - v|), the paper's best. */
    public static final Features DEFAULT = new Features(true, true, false);

    /** Checks that there is something to see. */
    public Features {
      if (!embeddings && !difference && !product) {
        throw new IllegalArgumentException("a classifier needs features");
      }
    }

    private int vectors() {
      return (embeddings ? 2 : 0) + (difference ? 1 : 0) + (product ? 1 : 0);
    }
  }

  /**
   * A loss with a new classifier.
   *
   * @param parent memory on the encoder's device, which must outlive the loss
   * @param dimension of the embeddings
   * @param classes number of them
   * @param seed of the classifier's first weights
   */
  public SoftmaxLoss(NDManager parent, int dimension, int classes, Features features, long seed) {
    if (classes < 2) {
      throw new IllegalArgumentException("SoftmaxLoss needs two classes, not " + classes);
    }
    this.features = features;
    this.classes = classes;
    this.memory = parent.newSubManager();
    int inputs = features.vectors() * dimension;
    SplittableRandom random = new SplittableRandom(seed);
    double bound = 1 / Math.sqrt(inputs); // as a new layer has in the reference
    this.weight = random(random, bound, classes * inputs).reshape(classes, inputs);
    this.bias = random(random, bound, classes);
    weight.setRequiresGradient(true);
    bias.setRequiresGradient(true);
  }

  private NDArray random(SplittableRandom random, double bound, int size) {
    float[] values = new float[size];
    for (int i = 0; i < size; i++) {
      values[i] = (float) random.nextDouble(-bound, bound);
    }
    return memory.create(values, new Shape(size)).duplicate();
  }

  @Override
  public String name() {
    return "SoftmaxLoss(classes=%d, u,v=%s, |u-v|=%s, u*v=%s)"
        .formatted(classes, features.embeddings(), features.difference(), features.product());
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
  public NDArray compute(List<NDArray> columns, float[][] labels, NDManager step) {
    List<NDArray> arrays = new ArrayList<>(columns);
    arrays.add(weight);
    arrays.add(bias);
    return LossScript.compute(
        "softmax",
        arrays,
        labels,
        step,
        features.embeddings() ? 1 : 0,
        features.difference() ? 1 : 0,
        features.product() ? 1 : 0);
  }

  @Override
  public Map<String, NDArray> parameters() {
    // Not Map.of, whose order differs from process to process: sums over parameters follow it.
    Map<String, NDArray> parameters = new LinkedHashMap<>();
    parameters.put("classifier.weight", weight);
    parameters.put("classifier.bias", bias);
    return parameters;
  }

  @Override
  public void close() {
    memory.close();
  }
}
