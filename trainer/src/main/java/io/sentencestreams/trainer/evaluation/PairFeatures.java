package io.sentencestreams.trainer.evaluation;

import io.sentencestreams.trainer.loss.SoftmaxLoss;
import java.util.Arrays;

/** What a classifier sees of two embeddings, in the order of the softmax loss. */
final class PairFeatures {
  private PairFeatures() {}

  static float[] of(float[] u, float[] v, SoftmaxLoss.Features features) {
    if (u.length != v.length) {
      throw new IllegalArgumentException(
          "embeddings of length %d and %d make no pair".formatted(u.length, v.length));
    }
    int dimension = u.length;
    float[] seen = new float[4 * dimension];
    int size = 0;
    if (features.embeddings()) {
      System.arraycopy(u, 0, seen, 0, dimension);
      System.arraycopy(v, 0, seen, dimension, dimension);
      size = 2 * dimension;
    }
    if (features.difference()) {
      for (int d = 0; d < dimension; d++) {
        seen[size++] = Math.abs(u[d] - v[d]);
      }
    }
    if (features.product()) {
      for (int d = 0; d < dimension; d++) {
        seen[size++] = u[d] * v[d];
      }
    }
    return Arrays.copyOf(seen, size);
  }
}
