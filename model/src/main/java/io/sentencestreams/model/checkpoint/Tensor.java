package io.sentencestreams.model.checkpoint;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * A tensor as it lies in a file.
 *
 * @param dtype type of the elements
 * @param shape sizes, outermost first; empty for a scalar
 * @param data the elements in row-major order, little endian, from position 0 to the limit
 */
public record Tensor(DType dtype, long[] shape, ByteBuffer data) {
  public Tensor {
    data = data.slice().order(ByteOrder.LITTLE_ENDIAN);
    long expected = byteSize(dtype, shape);
    if (expected != data.remaining()) {
      throw new IllegalArgumentException(
          "%s%s takes %d bytes, not %d"
              .formatted(dtype, Arrays.toString(shape), expected, data.remaining()));
    }
  }

  /** A tensor of floats. */
  public static Tensor of(float[] values, long... shape) {
    ByteBuffer bytes =
        ByteBuffer.allocate(Math.multiplyExact(values.length, Float.BYTES))
            .order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values);
    return new Tensor(DType.F32, shape, bytes);
  }

  /** A view of the elements, at position 0, little endian; its position is the caller's own. */
  @Override
  public ByteBuffer data() {
    return data.duplicate().order(ByteOrder.LITTLE_ENDIAN);
  }

  /**
   * Bytes that a tensor takes.
   *
   * @throws ArithmeticException if that does not fit a {@code long}
   */
  static long byteSize(DType dtype, long... shape) {
    long size = dtype.bytes();
    for (long length : shape) {
      if (length < 0) {
        throw new ArithmeticException("negative size " + length);
      }
      size = Math.multiplyExact(size, length);
    }
    return size;
  }
}
