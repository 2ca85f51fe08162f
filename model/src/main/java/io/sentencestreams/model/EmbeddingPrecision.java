package io.sentencestreams.model;

/**
 * Types of embeddings that take less room than floats, for searches over many of them.
 *
 * <p>The integers divide the range of each dimension into 256 steps; the bits tell which dimensions
 * are positive, eight to a byte, the first dimension in the highest bit.
 */
public enum EmbeddingPrecision {
  /** -128 to 127. */
  INT8(true, 128),
  /** 0 to 255. */
  UINT8(true, 0),
  /** Bytes of bits, less 128. */
  BINARY(false, 128),
  /** Bytes of bits. */
  UBINARY(false, 0);

  private static final int STEPS = 255;

  private final boolean stepped;
  private final int offset;

  EmbeddingPrecision(boolean stepped, int offset) {
    this.stepped = stepped;
    this.offset = offset;
  }

  /**
   * Least and greatest value of each dimension.
   *
   * @param embeddings at least two, for a range of one would be nothing
   * @return two rows
   */
  public static float[][] ranges(float[][] embeddings) {
    if (embeddings.length < 2) {
      throw new IllegalArgumentException(
          "ranges need at least two embeddings, not %d".formatted(embeddings.length));
    }
    float[][] ranges = {embeddings[0].clone(), embeddings[0].clone()};
    for (float[] embedding : embeddings) {
      for (int d = 0; d < embedding.length; d++) {
        ranges[0][d] = Math.min(ranges[0][d], embedding[d]);
        ranges[1][d] = Math.max(ranges[1][d], embedding[d]);
      }
    }
    return ranges;
  }

  /** Quantizes embeddings; the integers in the ranges of these embeddings themselves. */
  public byte[][] quantize(float[][] embeddings) {
    return quantize(embeddings, stepped ? ranges(embeddings) : new float[2][0]);
  }

  /**
   * Quantizes embeddings.
   *
   * @param ranges least and greatest value of each dimension, of a sample that stands for all; what
   *     is beyond them becomes the nearest step. The bits need none
   * @return for the integers a byte for each dimension, for the bits one for eight; those of {@link
   *     #UINT8} and {@link #UBINARY} are to be read as unsigned
   */
  public byte[][] quantize(float[][] embeddings, float[][] ranges) {
    byte[][] rows = new byte[embeddings.length][];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = stepped ? steps(embeddings[i], ranges) : bits(embeddings[i]);
    }
    return rows;
  }

  private byte[] steps(float[] embedding, float[][] ranges) {
    byte[] row = new byte[embedding.length];
    for (int d = 0; d < row.length; d++) {
      float step = (ranges[1][d] - ranges[0][d]) / STEPS;
      double value = Math.floor((embedding[d] - ranges[0][d]) / (step == 0 ? 1 : step));
      row[d] = (byte) ((int) Math.max(0, Math.min(STEPS, value)) - offset);
    }
    return row;
  }

  private byte[] bits(float[] embedding) {
    byte[] row = new byte[(embedding.length + 7) / 8];
    for (int i = 0; i < row.length; i++) {
      int bits = 0;
      for (int d = 8 * i; d < Math.min(8 * i + 8, embedding.length); d++) {
        bits |= embedding[d] > 0 ? 0x80 >> (d - 8 * i) : 0;
      }
      row[i] = (byte) (bits - offset);
    }
    return row;
  }
}
