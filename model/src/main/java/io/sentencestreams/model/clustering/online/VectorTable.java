package io.sentencestreams.model.clustering.online;

import java.util.Arrays;

/**
 * Vectors that change, laid out as {@link io.sentencestreams.model.internal.UnitVectors} does: the
 * inner loop runs over vectors, not dimensions, so that the JIT compiler vectorizes it.
 */
final class VectorTable {
  private static final int WIDTH = 64;

  private final int dimension;
  private float[][] blocks = new float[0][];

  VectorTable(int dimension) {
    this.dimension = dimension;
  }

  /** Writes a row, growing the table as needed. */
  void set(int row, float[] vector) {
    int block = row / WIDTH;
    if (block >= blocks.length) {
      int old = blocks.length;
      blocks = Arrays.copyOf(blocks, Math.max(block + 1, old + old / 2));
      for (int b = old; b < blocks.length; b++) {
        blocks[b] = new float[dimension * WIDTH];
      }
    }
    float[] values = blocks[block];
    int at = row % WIDTH;
    for (int d = 0; d < dimension; d++) {
      values[d * WIDTH + at] = vector[d];
    }
  }

  /**
   * Dot products of a vector with the first rows.
   *
   * @param dots receives them; grown to whole blocks where it is too small
   * @return {@code dots}, or its larger replacement
   */
  float[] dots(float[] vector, int rows, float[] dots) {
    int padded = (rows + WIDTH - 1) / WIDTH * WIDTH;
    float[] result = dots.length < padded ? new float[padded + padded / 2] : dots;
    for (int block = 0; block * WIDTH < rows; block++) {
      blockDots(vector, blocks[block], result, block * WIDTH);
    }
    return result;
  }

  private void blockDots(float[] vector, float[] values, float[] dots, int offset) {
    float[] sums = new float[WIDTH];
    int d = 0;
    for (; d + 4 <= dimension; d += 4) {
      float v0 = vector[d];
      float v1 = vector[d + 1];
      float v2 = vector[d + 2];
      float v3 = vector[d + 3];
      int at = d * WIDTH;
      for (int j = 0; j < WIDTH; j++) {
        sums[j] +=
            v0 * values[at + j]
                + v1 * values[at + WIDTH + j]
                + v2 * values[at + 2 * WIDTH + j]
                + v3 * values[at + 3 * WIDTH + j];
      }
    }
    for (; d < dimension; d++) {
      float v = vector[d];
      int at = d * WIDTH;
      for (int j = 0; j < WIDTH; j++) {
        sums[j] += v * values[at + j];
      }
    }
    System.arraycopy(sums, 0, dots, offset, WIDTH);
  }
}
