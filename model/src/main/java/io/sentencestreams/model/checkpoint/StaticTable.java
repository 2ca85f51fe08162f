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
    if (rows.dtype() != DType.F32 || rows.shape().length != 2) {
      throw new CheckpointException(
          "%s: %s is %s; a table of F32 is supported".formatted(directory, ROWS, rows.type()));
    }
    boolean mapped = weights.names().contains(MAPPING);
    boolean weighted = weights.names().contains(TOKEN_WEIGHTS);
    if (!mapped && !weighted) {
      return rows;
    }
    int dimension = Math.toIntExact(rows.shape()[1]);
    long[] mapping = mapped ? longs(directory, weights.get(MAPPING)) : identity(rows.shape()[0]);
    double[] factors = weighted ? doubles(directory, weights.get(TOKEN_WEIGHTS)) : null;
    if (factors != null && factors.length != mapping.length) {
      throw new CheckpointException(
          "%s: %d weights for %d tokens".formatted(directory, factors.length, mapping.length));
    }
    ByteBuffer source = rows.data();
    ByteBuffer folded =
        ByteBuffer.allocate(
                Math.multiplyExact(Math.multiplyExact(mapping.length, dimension), Float.BYTES))
            .order(ByteOrder.LITTLE_ENDIAN);
    for (int token = 0; token < mapping.length; token++) {
      if (mapping[token] < 0 || mapping[token] >= rows.shape()[0]) {
        throw new CheckpointException(
            "%s: token %d is mapped to row %d of %d"
                .formatted(directory, token, mapping[token], rows.shape()[0]));
      }
      int at = Math.toIntExact(mapping[token] * dimension * Float.BYTES);
      for (int d = 0; d < dimension; d++) {
        float value = source.getFloat(at + d * Float.BYTES);
        folded.putFloat(factors == null ? value : (float) (value * factors[token]));
      }
    }
    return new Tensor(
        new TensorType(DType.F32, List.of((long) mapping.length, (long) dimension)), folded.flip());
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
