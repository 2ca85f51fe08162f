package io.sentencestreams.trainer.evaluation;

import ai.djl.ndarray.NDArray;
import io.sentencestreams.trainer.loss.SoftmaxLoss;
import java.util.Map;

/** Gives pairs of embeddings their class. */
@FunctionalInterface
public interface PairClassifier {
  /**
   * Classifies pairs.
   *
   * @param u the first embedding of each pair
   * @param v the second, as many
   * @return a class for each pair, counted from 0
   */
  int[] classify(float[][] u, float[][] v);

  /**
   * The classifier that a softmax loss has learned up to now. It reads the loss again at each call,
   * so that an evaluator made before a training run follows the run.
   *
   * @param features that the loss was made with
   */
  static PairClassifier of(SoftmaxLoss loss, SoftmaxLoss.Features features) {
    return (u, v) -> {
      Map<String, NDArray> parameters = loss.parameters();
      float[] weight = parameters.get("classifier.weight").toFloatArray();
      float[] bias = parameters.get("classifier.bias").toFloatArray();
      return linear(weight, bias, features).classify(u, v);
    };
  }

  /**
   * A linear classifier of (u, v, |u - v|, u * v), of which the features tell what it sees.
   *
   * @param weight a row of inputs for each class, one after the other
   * @param bias of each class
   */
  static PairClassifier linear(float[] weight, float[] bias, SoftmaxLoss.Features features) {
    int inputs = weight.length / bias.length;
    return (u, v) -> {
      int[] classes = new int[u.length];
      for (int i = 0; i < u.length; i++) {
        float[] seen = PairFeatures.of(u[i], v[i], features);
        if (seen.length != inputs) {
          throw new IllegalArgumentException(
              "the classifier has %d inputs, but embeddings of length %d give %d"
                  .formatted(inputs, u[i].length, seen.length));
        }
        double greatest = Double.NEGATIVE_INFINITY;
        for (int c = 0; c < bias.length; c++) {
          double logit = bias[c];
          for (int k = 0; k < inputs; k++) {
            logit += (double) weight[c * inputs + k] * seen[k];
          }
          if (logit > greatest) {
            greatest = logit;
            classes[i] = c;
          }
        }
      }
      return classes;
    };
  }
}
