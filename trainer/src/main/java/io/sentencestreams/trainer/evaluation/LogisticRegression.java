package io.sentencestreams.trainer.evaluation;

import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Logistic regression with an L2 penalty on the weights and none on the bias, as scikit-learn's
 * {@code LogisticRegression} has it: C times the sum of the losses plus half the squared weights,
 * one set of weights for two classes, softmax for more.
 */
public final class LogisticRegression {
  private static final double TOLERANCE = 1e-7;
  private static final int MAX_ITERATIONS = 10_000;

  /** Rows whose gradients are summed on one processor; fixed, so that results do not vary. */
  private static final int CHUNK = 512;

  private final int outputs;
  private final int inputs;
  private final double[] parameters;

  private LogisticRegression(int outputs, int inputs, double[] parameters) {
    this.outputs = outputs;
    this.inputs = inputs;
    this.parameters = parameters;
  }

  /**
   * Finds the optimum.
   *
   * @param features one row for each label, all of one length
   * @param labels classes, counted from 0
   * @param classes number of them, at least two
   * @param c the inverse of the strength of the penalty, greater than 0
   * @throws IllegalArgumentException if labels and rows differ in number, or a label is out of
   *     range
   * @throws IllegalStateException if the search does not converge
   */
  public static LogisticRegression fit(float[][] features, int[] labels, int classes, double c) {
    if (features.length != labels.length || labels.length == 0 || classes < 2 || !(c > 0)) {
      throw new IllegalArgumentException(
          "%d rows, %d labels, %d classes and C %s do not fit"
              .formatted(features.length, labels.length, classes, c));
    }
    for (int label : labels) {
      if (label < 0 || label >= classes) {
        throw new IllegalArgumentException(
            "label %d is none of %d classes".formatted(label, classes));
      }
    }
    int outputs = classes == 2 ? 1 : classes;
    int inputs = features[0].length;
    double penalty = 1 / (c * labels.length);
    double[] optimum =
        Lbfgs.minimize(
            (parameters, gradient) ->
                objective(features, labels, outputs, penalty, parameters, gradient),
            new double[outputs * (inputs + 1)],
            TOLERANCE,
            MAX_ITERATIONS);
    return new LogisticRegression(outputs, inputs, optimum);
  }

  /** The mean loss plus the penalty; writes the gradient. */
  private static double objective(
      float[][] features,
      int[] labels,
      int outputs,
      double penalty,
      double[] parameters,
      double[] gradient) {
    int inputs = features[0].length;
    int chunks = (labels.length + CHUNK - 1) / CHUNK;
    double[][] sums =
        IntStream.range(0, chunks)
            .parallel()
            .mapToObj(chunk -> chunkSums(features, labels, outputs, parameters, chunk))
            .toArray(double[][]::new);
    Arrays.fill(gradient, 0);
    double loss = 0;
    for (double[] sum : sums) {
      for (int i = 0; i < gradient.length; i++) {
        gradient[i] += sum[i] / labels.length;
      }
      loss += sum[gradient.length] / labels.length;
    }
    for (int i = 0; i < gradient.length; i++) {
      if (i % (inputs + 1) < inputs) {
        loss += penalty / 2 * parameters[i] * parameters[i];
        gradient[i] += penalty * parameters[i];
      }
    }
    return loss;
  }

  /** The gradient of a chunk of rows, and after it their loss. */
  private static double[] chunkSums(
      float[][] features, int[] labels, int outputs, double[] parameters, int chunk) {
    int inputs = features[0].length;
    double[] sums = new double[parameters.length + 1];
    double[] logits = new double[outputs];
    int end = Math.min(labels.length, (chunk + 1) * CHUNK);
    for (int row = chunk * CHUNK; row < end; row++) {
      logits(features[row], inputs, parameters, logits);
      sums[parameters.length] += lossAndErrors(logits, labels[row]);
      for (int output = 0; output < outputs; output++) {
        int offset = output * (inputs + 1);
        for (int i = 0; i < inputs; i++) {
          sums[offset + i] += logits[output] * features[row][i];
        }
        sums[offset + inputs] += logits[output];
      }
    }
    return sums;
  }

  private static void logits(float[] row, int inputs, double[] parameters, double[] logits) {
    if (row.length != inputs) {
      throw new IllegalArgumentException(
          "a row has %d features, not %d".formatted(row.length, inputs));
    }
    for (int output = 0; output < logits.length; output++) {
      int offset = output * (inputs + 1);
      double logit = parameters[offset + inputs];
      for (int i = 0; i < inputs; i++) {
        logit += parameters[offset + i] * row[i];
      }
      logits[output] = logit;
    }
  }

  /** The loss of one row; turns its logits into the derivatives of the loss. */
  private static double lossAndErrors(double[] logits, int label) {
    if (logits.length == 1) {
      double logit = logits[0];
      double loss = Math.max(logit, 0) - label * logit + Math.log1p(Math.exp(-Math.abs(logit)));
      logits[0] = sigmoid(logit) - label;
      return loss;
    }
    double ofLabel = logits[label];
    double logSum = softmax(logits);
    logits[label] -= 1;
    return logSum - ofLabel;
  }

  private static double sigmoid(double logit) {
    return 1 / (1 + Math.exp(-logit));
  }

  /** Turns logits into probabilities; gives the logarithm of the sum of their exponentials. */
  private static double softmax(double[] logits) {
    double greatest = Arrays.stream(logits).max().orElseThrow();
    double sum = 0;
    for (int i = 0; i < logits.length; i++) {
      logits[i] = Math.exp(logits[i] - greatest);
      sum += logits[i];
    }
    for (int i = 0; i < logits.length; i++) {
      logits[i] /= sum;
    }
    return greatest + Math.log(sum);
  }

  /**
   * The probability of each class.
   *
   * @param row features, as many as those of the training rows
   */
  public double[] probabilities(float[] row) {
    double[] logits = new double[outputs];
    logits(row, inputs, parameters, logits);
    if (outputs == 1) {
      double positive = sigmoid(logits[0]);
      return new double[] {1 - positive, positive};
    }
    softmax(logits);
    return logits;
  }

  /** The most probable class. */
  public int predict(float[] row) {
    double[] probabilities = probabilities(row);
    int best = 0;
    for (int i = 1; i < probabilities.length; i++) {
      best = probabilities[i] > probabilities[best] ? i : best;
    }
    return best;
  }

  /** The share of rows whose most probable class is their label. */
  public double accuracy(float[][] features, int[] labels) {
    long correct =
        IntStream.range(0, labels.length).filter(i -> predict(features[i]) == labels[i]).count();
    return (double) correct / labels.length;
  }
}
