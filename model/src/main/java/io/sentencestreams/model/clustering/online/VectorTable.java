package io.sentencestreams.model.clustering.online;

import io.sentencestreams.model.internal.UnitVectors;
import java.util.Arrays;

/** Vectors that change, laid out as those of {@link UnitVectors} are, whose loop serves both. */
final class VectorTable {
  private static final int WIDTH = UnitVectors.WIDTH;

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
    float[] sums = new float[WIDTH];
    for (int block = 0; block * WIDTH < rows; block++) {
      UnitVectors.dots(vector, blocks[block], sums);
      System.arraycopy(sums, 0, result, block * WIDTH, WIDTH);
    }
    return result;
  }
}
