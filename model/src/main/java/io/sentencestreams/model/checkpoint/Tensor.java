package io.sentencestreams.model.checkpoint;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.IntBuffer;
import java.nio.ShortBuffer;
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

  /** Index of the first element that is NaN or infinite; -1 if there is none. */
  public long firstNotFinite() {
    ByteBuffer elements = data();
    return switch (dtype()) {
      case F32 -> firstWithExponent(elements.asIntBuffer(), 0x7f80_0000);
      case F16 -> firstWithExponent(elements.asShortBuffer(), 0x7c00);
      case BF16 -> firstWithExponent(elements.asShortBuffer(), 0x7f80);
      default -> -1;
    };
  }

  /** An exponent of ones only is what NaN and the infinities have in common. */
  private static int firstWithExponent(IntBuffer elements, int ones) {
    for (int i = 0; i < elements.limit(); i++) {
      if ((elements.get(i) & ones) == ones) {
        return i;
      }
    }
    return -1;
  }

  private static int firstWithExponent(ShortBuffer elements, int ones) {
    for (int i = 0; i < elements.limit(); i++) {
      if ((elements.get(i) & ones) == ones) {
        return i;
      }
    }
    return -1;
  }
}
