package io.sentencestreams.model.window;

import java.util.Random;

/** Vectors to search in. */
final class TestVectors {
  private TestVectors() {}

  static float[] gaussian(Random random, int dimension, double deviation) {
    float[] vector = new float[dimension];
    for (int d = 0; d < dimension; d++) {
      vector[d] = (float) (deviation * random.nextGaussian());
    }
    return vector;
  }

  /** A vector at a cosine to another one, in a random direction. In one dimension, the vector. */
  static float[] near(Random random, float[] vector, double cosine) {
    int dimension = vector.length;
    float[] noise = gaussian(random, dimension, 1);
    double length = Math.sqrt(dot(vector, vector));
    double along = dot(noise, vector) / (length * length);
    for (int d = 0; d < dimension; d++) {
      noise[d] -= (float) (along * vector[d]);
    }
    double noiseLength = dimension == 1 ? 1 : Math.sqrt(dot(noise, noise));
    double share = Math.sqrt(1 - cosine * cosine);
    float[] near = new float[dimension];
    for (int d = 0; d < dimension; d++) {
      near[d] = (float) (cosine * vector[d] / length + share * noise[d] / noiseLength);
    }
    return near;
  }

  /** Topics that vectors gather around, as texts do, and in each of them near-duplicates. */
  static float[][] clustered(Random random, int size, int dimension) {
    float[][] topics = new float[Math.max(2, size / 200)][];
    for (int i = 0; i < topics.length; i++) {
      topics[i] = gaussian(random, dimension, 1);
    }
    float[][] vectors = new float[size][];
    for (int i = 0; i < size; i++) {
      vectors[i] =
          i > 0 && random.nextBoolean()
              ? near(random, vectors[random.nextInt(i)], 0.8 + 0.199 * random.nextDouble())
              : near(random, topics[random.nextInt(topics.length)], 0.5);
    }
    return vectors;
  }

  static double cosine(float[] a, float[] b) {
    return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
  }

  private static double dot(float[] a, float[] b) {
    double sum = 0;
    for (int d = 0; d < a.length; d++) {
      sum += (double) a[d] * b[d];
    }
    return sum;
  }
}
