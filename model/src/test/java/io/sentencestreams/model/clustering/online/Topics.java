package io.sentencestreams.model.clustering.online;

import java.util.Random;

/** Unit vectors around centres, for a seed always the same. */
final class Topics {
  static final int DIMENSION = 32;

  private final Random random;

  Topics(long seed) {
    this.random = new Random(seed);
  }

  /** Around one axis, with noise of a length of about half of the whole. */
  float[] near(int axis) {
    float[] vector = anything();
    for (int d = 0; d < DIMENSION; d++) {
      vector[d] *= 0.4f;
    }
    vector[axis] += 1;
    return unit(vector);
  }

  /** Between two axes. */
  float[] between(int a, int b) {
    float[] vector = near(a);
    vector[b] += 1;
    return unit(vector);
  }

  /** In any direction. */
  float[] anything() {
    float[] vector = new float[DIMENSION];
    for (int d = 0; d < DIMENSION; d++) {
      vector[d] = (float) random.nextGaussian();
    }
    return unit(vector);
  }

  private static float[] unit(float[] vector) {
    float[] unit = new float[vector.length];
    Vectors.unit(vector, vector.length, unit);
    return unit;
  }
}
