package io.sentencestreams.model.window;

/**
 * Dot products of fixed-point vectors, with room for their terms: not thread-safe.
 *
 * <p>The terms are written out before they are summed, since the JIT compiler has an instruction
 * for a pair of 16-bit products (pmaddwd) where the result is stored, and none where it is summed.
 */
final class DotProducts {
  /** An approximate cosine may be off by this much: the lengths are rounded too. */
  static final float ROUNDING = 1e-3f;

  private final int[] pairs;

  DotProducts(int dimension) {
    this.pairs = new int[dimension / 2];
  }

  /** Dot product of a vector with the one that starts at an offset of an array. */
  int dot(short[] vector, short[] vectors, int offset) {
    int[] terms = pairs;
    for (int i = 0; i < terms.length; i++) {
      terms[i] =
          vectors[offset + 2 * i] * vector[2 * i] + vectors[offset + 2 * i + 1] * vector[2 * i + 1];
    }
    int sum = 0;
    for (int i = 0; i < terms.length; i++) {
      sum += terms[i];
    }
    if ((vector.length & 1) != 0) {
      int last = vector.length - 1;
      sum += vectors[offset + last] * vector[last];
    }
    return sum;
  }

  /** Square of the length of the vector that starts at an offset of an array. */
  int squares(short[] vectors, int offset, int dimension) {
    int[] terms = pairs;
    for (int i = 0; i < terms.length; i++) {
      terms[i] =
          vectors[offset + 2 * i] * vectors[offset + 2 * i]
              + vectors[offset + 2 * i + 1] * vectors[offset + 2 * i + 1];
    }
    int sum = 0;
    for (int i = 0; i < terms.length; i++) {
      sum += terms[i];
    }
    if ((dimension & 1) != 0) {
      int last = offset + dimension - 1;
      sum += vectors[last] * vectors[last];
    }
    return sum;
  }

  /** Cosine from a dot product and the squares of both lengths: 1 exactly for equal vectors. */
  static float cosine(int dot, int squaresA, int squaresB) {
    return squaresA == 0 || squaresB == 0
        ? 0
        : (float) (dot / Math.sqrt((double) squaresA * squaresB));
  }
}
