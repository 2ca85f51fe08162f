package io.sentencestreams.model.internal;

import java.util.Arrays;

/**
 * Vectors of length one, laid out so that many dot products are computed at once.
 *
 * <p>A block holds {@value #WIDTH} vectors, dimension by dimension. The inner loop then runs over
 * vectors and not over dimensions: it has no sum across its iterations, which the JIT compiler
 * could not vectorize, since floating-point addition is not associative. A block of 384 dimensions
 * takes 192 KiB and stays in the second-level cache while a chunk of queries passes over it.
 */
public final class UnitVectors {
  /** Vectors in a block. */
  public static final int WIDTH = 128;

  private final int size;
  private final int dimension;
  private final float[][] blocks;

  /**
   * Copies vectors, scaled to length one; a zero vector stays zero.
   *
   * @throws IllegalArgumentException if a row has another length than the first, or a value that is
   *     not finite
   */
  public UnitVectors(float[][] vectors) {
    this.size = vectors.length;
    this.dimension = size == 0 ? 0 : vectors[0].length;
    this.blocks = new float[(size + WIDTH - 1) / WIDTH][dimension * WIDTH];
    for (int i = 0; i < size; i++) {
      float[] block = blocks[i / WIDTH];
      float scale = scale(vectors[i], i);
      for (int d = 0; d < dimension; d++) {
        block[d * WIDTH + i % WIDTH] = vectors[i][d] * scale;
      }
    }
  }

  private float scale(float[] vector, int row) {
    if (vector.length != dimension) {
      throw new IllegalArgumentException(
          "vector %d has %d dimensions, not %d".formatted(row, vector.length, dimension));
    }
    double squares = 0;
    for (float value : vector) {
      squares += (double) value * value;
    }
    if (!Double.isFinite(squares)) {
      throw new IllegalArgumentException("vector %d has a value that is not finite".formatted(row));
    }
    return squares == 0 ? 0 : (float) (1 / Math.sqrt(squares));
  }

  /** Number of vectors. */
  public int size() {
    return size;
  }

  /** Length of a vector. */
  public int dimension() {
    return dimension;
  }

  /** Number of blocks. */
  public int blocks() {
    return blocks.length;
  }

  /** Copies one vector, scaled to length one. */
  public void get(int index, float[] vector) {
    float[] block = blocks[index / WIDTH];
    for (int d = 0; d < dimension; d++) {
      vector[d] = block[d * WIDTH + index % WIDTH];
    }
  }

  /**
   * Dot products of a vector with those of a block.
   *
   * @param vector of the same dimension; not scaled here
   * @param dots receives {@value #WIDTH} values, of which those beyond {@link #size} mean nothing
   */
  public void dots(float[] vector, int block, float[] dots) {
    dots(vector, blocks[block], dots);
  }

  /**
   * Dot products of a vector with the {@value #WIDTH} vectors of a block that is laid out as here.
   *
   * @param values dimension by dimension, {@value #WIDTH} each
   * @param dots receives {@value #WIDTH} values
   */
  public static void dots(float[] vector, float[] values, float[] dots) {
    int dimension = vector.length;
    Arrays.fill(dots, 0, WIDTH, 0f);
    int d = 0;
    // Four dimensions a pass: a quarter of the loads and stores of the sums.
    for (; d + 4 <= dimension; d += 4) {
      float v0 = vector[d];
      float v1 = vector[d + 1];
      float v2 = vector[d + 2];
      float v3 = vector[d + 3];
      int at = d * WIDTH;
      for (int j = 0; j < WIDTH; j++) {
        dots[j] +=
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
        dots[j] += v * values[at + j];
      }
    }
  }
}
