package io.sentencestreams.model.checkpoint;

import java.util.List;

/**
 * Element type and shape of a tensor.
 *
 * @param shape sizes, outermost first; empty for a scalar
 */
public record TensorType(DType dtype, List<Long> shape) {
  public TensorType {
    shape = List.copyOf(shape);
  }

  /**
   * Bytes that such a tensor takes.
   *
   * @throws ArithmeticException if that does not fit a {@code long}, or a size is negative
   */
  public long byteSize() {
    long size = dtype.bytes();
    for (long length : shape) {
      if (length < 0) {
        throw new ArithmeticException("negative size " + length);
      }
      size = Math.multiplyExact(size, length);
    }
    return size;
  }

  @Override
  public String toString() {
    return dtype + shape.toString();
  }
}
