package io.sentencestreams.model.checkpoint;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * A tensor as it lies in a file.
 *
 * @param data the elements in row-major order, little endian, from position 0 to the limit
 */
public record Tensor(TensorType type, ByteBuffer data) {
  /** Takes what remains of the buffer, which must be as long as the type says. */
  public Tensor {
    data = data.slice().order(ByteOrder.LITTLE_ENDIAN);
    if (type.byteSize() != data.remaining()) {
      throw new IllegalArgumentException(
          "%s takes %d bytes, not %d".formatted(type, type.byteSize(), data.remaining()));
    }
  }

  /** A tensor of floats. */
  public static Tensor of(float[] values, long... shape) {
    ByteBuffer bytes =
        ByteBuffer.allocate(Math.multiplyExact(values.length, Float.BYTES))
            .order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values);
    return new Tensor(new TensorType(DType.F32, Arrays.stream(shape).boxed().toList()), bytes);
  }

  /** Type of the elements. */
  public DType dtype() {
    return type.dtype();
  }

  /** Sizes, outermost first; empty for a scalar. */
  public long[] shape() {
    return type.shape().stream().mapToLong(Long::longValue).toArray();
  }

  /** A view of the elements, at position 0, little endian; its position is the caller's own. */
  @Override
  public ByteBuffer data() {
    return data.duplicate().order(ByteOrder.LITTLE_ENDIAN);
  }
}
