package io.sentencestreams.model.window;

import java.util.Random;

/**
 * Codes of 128 bits, a bit for the side of a random hyperplane that a vector lies on (Charikar:
 * Similarity Estimation Techniques from Rounding Algorithms, STOC 2002).
 *
 * <p>Each bit of two vectors at an angle &theta; differs with probability &theta; / &pi;, whatever
 * the data. So the number of bits that differ is binomial, and a limit three standard deviations
 * above its mean loses one in a thousand of the pairs that are exactly at the threshold, and almost
 * none of those above it. The first half of a code is compared first and dismisses nearly all.
 */
final class SignCodes {
  static final int HALF = Long.SIZE;
  private static final double DEVIATIONS = 3;

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

  /** How many of so many bits may differ where the cosine is at least so high. */
  static int limit(int bits, double cosine) {
    double flip = Math.acos(Math.max(-1, Math.min(1, cosine))) / Math.PI;
    return (int) Math.min(bits, bits * flip + DEVIATIONS * Math.sqrt(bits * flip * (1 - flip)));
  }

  long memoryBytes() {
    return ArrayBytes.of(normals);
  }
}
