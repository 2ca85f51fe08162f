package io.sentencestreams.model.checkpoint;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/**
 * The table of a static embedding under its one name. model2vec's own files have rows that several
 * tokens share, and weights beside them: both are folded into one row for each token.
 */
final class StaticTable {
  /** The reference's name of the table. */
  static final String NAME = "embedding.weight";

  /** What model2vec writes a table as. */
  private static final List<DType> FLOATS = List.of(DType.F32, DType.F16, DType.F64, DType.I8);

  private static final String ROWS = "embeddings";
  private static final String MAPPING = "mapping";
  private static final String TOKEN_WEIGHTS = "weights";

  private StaticTable() {}

  /** Opens the weights of a folder; the caller closes them. */
  static Weights open(Path directory) {
    Weights weights = WeightFiles.open(directory);
    if (weights.names().contains(NAME)) {
      return weights;
    }
    try (weights) {
      Tensor table = fold(directory, weights);
      return new Weights() {
        @Override
        public Set<String> names() {
          return Set.of(NAME);
        }

        @Override
        public Tensor get(String name) {
          return name.equals(NAME) ? table : weights.get(name);
        }

        @Override
        public void close() {
          // The table is in memory.
        }
      };
    }
  }

  private static Tensor fold(Path directory, Weights weights) {
    Tensor rows = weights.get(ROWS);
    if (!FLOATS.contains(rows.dtype()) || rows.shape().length != 2) {
      throw new CheckpointException(
          "%s: %s is %s; a table of one of %s is supported"
              .formatted(directory, ROWS, rows.type(), FLOATS));
    }
    boolean mapped = weights.names().contains(MAPPING);
    boolean weighted = weights.names().contains(TOKEN_WEIGHTS);
    if (!mapped && !weighted && rows.dtype() == DType.F32) {
      return rows;
    }
    int dimension = Math.toIntExact(rows.shape()[1]);
    long[] mapping = mapped ? longs(directory, weights.get(MAPPING)) : identity(rows.shape()[0]);
    double[] factors = weighted ? doubles(directory, weights.get(TOKEN_WEIGHTS)) : null;
    if (factors != null && factors.length != mapping.length) {
      throw new CheckpointException(
          "%s: %d weights for %d tokens".formatted(directory, factors.length, mapping.length));
    }
    long bytes = (long) mapping.length * dimension * Float.BYTES;
    long most = Math.min(Runtime.getRuntime().maxMemory() / 2, Integer.MAX_VALUE - Long.BYTES);
    if (bytes > most) {
      throw new CheckpointException(
          "%s: %d tokens of %d numbers take %d bytes, more than the %d that this process has for them; give it more memory (-Xmx)"
              .formatted(directory, mapping.length, dimension, bytes, most));
    }
    ByteBuffer source = rows.data();
    ByteBuffer folded = ByteBuffer.allocate((int) bytes).order(ByteOrder.LITTLE_ENDIAN);
    for (int token = 0; token < mapping.length; token++) {
      if (mapping[token] < 0 || mapping[token] >= rows.shape()[0]) {
        throw new CheckpointException(
            "%s: token %d is mapped to row %d of %d"
                .formatted(directory, token, mapping[token], rows.shape()[0]));
      }
      int at = Math.toIntExact(mapping[token] * dimension);
      for (int d = 0; d < dimension; d++) {
        double value = element(source, rows.dtype(), at + d);
        folded.putFloat((float) (factors == null ? value : value * factors[token]));
      }
    }
    return new Tensor(
        new TensorType(DType.F32, List.of((long) mapping.length, (long) dimension)), folded.flip());
  }

  private static double element(ByteBuffer table, DType type, int index) {
    return switch (type) {
      case F32 -> table.getFloat(index * Float.BYTES);
      case F64 -> table.getDouble(index * Double.BYTES);
      case F16 -> halfToFloat(table.getShort(index * Short.BYTES));
      default -> table.get(index);
    };
  }

  /** IEEE 754 half precision; Java has this from version 20. */
  private static float halfToFloat(short half) {
    int exponent = (half >> 10) & 0x1f;
    int fraction = half & 0x3ff;
    float magnitude;
    if (exponent == 0) {
      magnitude = fraction * 0x1p-24f;
    } else {
      int wide = exponent == 0x1f ? 0xff : exponent + 127 - 15;
      magnitude = Float.intBitsToFloat((wide << 23) | (fraction << 13));
    }
    return half < 0 ? -magnitude : magnitude;
  }

  private static long[] identity(long rows) {
    long[] mapping = new long[Math.toIntExact(rows)];
    for (int i = 0; i < mapping.length; i++) {
      mapping[i] = i;
    }
    return mapping;
  }

  private static long[] longs(Path directory, Tensor tensor) {
    ByteBuffer data = tensor.data();
    long[] values = new long[data.remaining() / tensor.dtype().bytes()];
    for (int i = 0; i < values.length; i++) {
      values[i] =
          switch (tensor.dtype()) {
            case I64 -> data.getLong();
            case I32 -> data.getInt();
            default -> throw unsupported(directory, MAPPING, tensor);
          };
    }
    return values;
  }

  private static double[] doubles(Path directory, Tensor tensor) {
    ByteBuffer data = tensor.data();
    double[] values = new double[data.remaining() / tensor.dtype().bytes()];
    for (int i = 0; i < values.length; i++) {
      values[i] =
          switch (tensor.dtype()) {
            case F64 -> data.getDouble();
            case F32 -> data.getFloat();
            default -> throw unsupported(directory, TOKEN_WEIGHTS, tensor);
          };
    }
    return values;
  }

  private static CheckpointException unsupported(Path directory, String name, Tensor tensor) {
    return new CheckpointException(
        "%s: %s has type %s, which is not supported".formatted(directory, name, tensor.dtype()));
  }
}
