package io.sentencestreams.model.window;

import java.util.Random;

/**
 * Codes of 128 bits, a bit for the side of a random hyperplane that a vector lies on (Charikar:
 * Similarity Estimation Techniques from Rounding Algorithms, STOC 2002).
 *
 * <p>Each bit of two vectors at an angle &theta; differs with probability &theta; / &pi;, whatever
 * the data. So the number of bits that differ is binomial, and {@link Limits} follow from its tail,
 * not from its standard deviation, which for so few bits says too little of it. The first half of a
 * code is compared first and dismisses nearly all.
 */
final class SignCodes {
  static final int HALF = Long.SIZE;

  /**
   * The share of pairs exactly at the threshold that a limit may lose; of those above far fewer.
   */
  private static final double LOST = 5e-4;

  private final short[] normals;
  private final DotProducts products;
  private final int dimension;

  SignCodes(int dimension) {
    this.dimension = dimension;
    this.products = new DotProducts(dimension);
    this.normals = new short[2 * HALF * dimension];
    drawNormals(new Random(dimension));
  }

  private void drawNormals(Random random) {
    float[] normal = new float[dimension];
    for (int i = 0; i < 2 * HALF; i++) {
      for (int d = 0; d < dimension; d++) {
        normal[d] = (float) random.nextGaussian();
      }
      System.arraycopy(FixedPointVector.of(normal), 0, normals, i * dimension, dimension);
    }
  }

  /** One half of the code of a vector: 0 or 1. */
  long half(short[] vector, int half) {
    long bits = 0;
    for (int i = 0; i < HALF; i++) {
      int dot = products.dot(vector, normals, (half * HALF + i) * dimension);
      bits = (bits << 1) | (dot >>> 31);
    }
    return bits;
  }

  /**
   * How many bits may differ of a pair that is compared.
   *
   * @param firstHalf of the first half
   * @param both of both halves
   */
  record Limits(int firstHalf, int both) {
    /** For pairs whose cosine is at least so high. */
    static Limits of(double cosine) {
      double flip = Math.acos(Math.max(-1, Math.min(1, cosine))) / Math.PI;
      return new Limits(limit(HALF, flip), limit(2 * HALF, flip));
    }

    /** The least number that a binomial one exceeds with no more than the probability allowed. */
    private static int limit(int bits, double flip) {
      if (flip <= 0) {
        return 0;
      }
      double logOdds = Math.log(flip) - Math.log1p(-flip);
      double log = bits * Math.log1p(-flip); // of the probability that none differs
      double within = Math.exp(log);
      int limit = 0;
      while (limit < bits && within < 1 - LOST) {
        log += Math.log((double) (bits - limit) / (limit + 1)) + logOdds;
        within += Math.exp(log);
        limit++;
      }
      return limit;
    }
  }

  long memoryBytes() {
    return ArrayBytes.of(normals);
  }
}
