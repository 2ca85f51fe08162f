package io.sentencestreams.model.checkpoint;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sentencestreams.model.internal.AtomicFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * The safetensors format: eight bytes of header length, a JSON header that names each tensor's
 * type, shape and byte range, then the tensors.
 *
 * <p>A file is mapped, never copied, and its header is checked before anything in it is believed:
 * the ranges must fit their shapes and cover the data exactly, without gap or overlap.
 */
public final class Safetensors {
  /** The limit of the reference implementation. */
  static final int MAX_HEADER_BYTES = 100_000_000;

  private static final String METADATA = "__metadata__";

  private Safetensors() {}

  /**
   * Opens a file.
   *
   * @throws CheckpointException if it cannot be read or is not a valid file of this format
   */
  public static Weights open(Path file) {
    FileChannel channel = null;
    try {
      channel = FileChannel.open(file, StandardOpenOption.READ);
      MappedWeights weights = readHeader(file, channel);
      channel = null;
      return weights;
    } catch (IOException e) {
      throw new CheckpointException("cannot read %s: %s".formatted(file, e), e);
    } finally {
      closeQuietly(channel);
    }
  }

  /**
   * Writes a file in one step: a reader sees the old file or the new one, whole.
   *
   * @param tensors in the order in which they are to lie in the file
   * @param metadata free text under the format's metadata key; Python's readers expect {@code
   *     format: pt}
   * @throws CheckpointException if the file cannot be written
   */
  public static void write(Path file, Map<String, Tensor> tensors, Map<String, String> metadata) {
    Map<String, TensorType> types = new LinkedHashMap<>();
    tensors.forEach((name, tensor) -> types.put(name, tensor.type()));
    write(file, types, tensors::get, metadata);
  }

  /**
   * Writes a file in one step, taking each tensor when its turn comes, so that not all need be in
   * memory at once.
   *
   * @param types in the order in which the tensors are to lie in the file
   * @param tensors gives the tensor of a name, of the type that {@code types} says
   * @param metadata free text under the format's metadata key
   * @throws CheckpointException if the file cannot be written
   */
  public static void write(
      Path file,
      Map<String, TensorType> types,
      Function<String, Tensor> tensors,
      Map<String, String> metadata) {
    byte[] header = header(types, metadata);
    try {
      AtomicFiles.replace(
          file,
          channel -> {
            ByteBuffer length = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
            AtomicFiles.writeFully(channel, length.putLong(header.length).flip());
            AtomicFiles.writeFully(channel, ByteBuffer.wrap(header));
            for (Map.Entry<String, TensorType> entry : types.entrySet()) {
              Tensor tensor = tensors.apply(entry.getKey());
              if (!tensor.type().equals(entry.getValue())) {
                throw new IllegalArgumentException(
                    "tensor %s is %s, not %s"
                        .formatted(entry.getKey(), tensor.type(), entry.getValue()));
              }
              AtomicFiles.writeFully(channel, tensor.data());
            }
          });
    } catch (IOException e) {
      throw new CheckpointException("cannot write %s: %s".formatted(file, e), e);
    }
  }

  private static byte[] header(Map<String, TensorType> types, Map<String, String> metadata) {
    ObjectNode root = JsonFile.MAPPER.createObjectNode();
    if (!metadata.isEmpty()) {
      ObjectNode node = root.putObject(METADATA);
      metadata.forEach(node::put);
    }
    long offset = 0;
    for (Map.Entry<String, TensorType> entry : types.entrySet()) {
      if (entry.getKey().equals(METADATA)) {
        throw new IllegalArgumentException("a tensor cannot be named " + METADATA);
      }
      TensorType type = entry.getValue();
      long end = Math.addExact(offset, type.byteSize());
      ObjectNode node = root.putObject(entry.getKey()).put("dtype", type.dtype().name());
      type.shape().forEach(node.putArray("shape")::add);
      node.putArray("data_offsets").add(offset).add(end);
      offset = end;
    }
    byte[] json = root.toString().getBytes(StandardCharsets.UTF_8);
    // Padded with spaces so that the tensors start at a multiple of 8, as the reference does.
    byte[] padded = Arrays.copyOf(json, (json.length + 7) / 8 * 8);
    Arrays.fill(padded, json.length, padded.length, (byte) ' ');
    return padded;
  }

  private static MappedWeights readHeader(Path file, FileChannel channel) throws IOException {
    long size = channel.size();
    if (size < Long.BYTES) {
      throw invalid(file, "it has %d bytes, too few for a header".formatted(size));
    }
    long length = read(channel, 0, Long.BYTES).getLong();
    if (length < 2 || length > MAX_HEADER_BYTES || length > size - Long.BYTES) {
      throw invalid(
          file,
          "its header says it is %s bytes long, in a file of %d"
              .formatted(Long.toUnsignedString(length), size));
    }
    JsonNode root;
    try {
      root = JsonFile.MAPPER.readTree(read(channel, Long.BYTES, (int) length).array());
    } catch (JacksonException e) {
      throw new CheckpointException(
          "%s is not a safetensors file: its header: %s".formatted(file, e.getOriginalMessage()),
          e);
    }
    if (!root.isObject()) {
      throw invalid(file, "its header is not a JSON object");
    }
    long start = Long.BYTES + length;
    Map<String, Entry> entries = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> field : root.properties()) {
      if (!field.getKey().equals(METADATA)) {
        entries.put(field.getKey(), entry(file, field.getKey(), field.getValue()));
      }
    }
    checkCoverage(file, entries, size - start);
    return new MappedWeights(file, channel, start, entries);
  }

  private static Entry entry(Path file, String name, JsonNode node) {
    DType dtype = null;
    for (DType known : DType.values()) {
      if (known.name().equals(node.path("dtype").asText())) {
        dtype = known;
      }
    }
    if (dtype == null) {
      throw invalid(file, "tensor %s has the unknown type %s".formatted(name, node.path("dtype")));
    }
    TensorType type = new TensorType(dtype, longs(file, name, node, "shape"));
    List<Long> offsets = longs(file, name, node, "data_offsets");
    if (offsets.size() != 2 || offsets.get(0) > offsets.get(1)) {
      throw invalid(file, "tensor %s has the byte range %s".formatted(name, offsets));
    }
    long range = offsets.get(1) - offsets.get(0);
    long expected;
    try {
      expected = type.byteSize();
    } catch (ArithmeticException e) {
      throw new CheckpointException(
          "%s is not a valid safetensors file: tensor %s has the impossible shape %s"
              .formatted(file, name, type.shape()),
          e);
    }
    if (expected != range) {
      throw invalid(
          file,
          "tensor %s, %s, takes %d bytes, but its range has %d"
              .formatted(name, type, expected, range));
    }
    return new Entry(type, offsets.get(0), offsets.get(1));
  }

  private static List<Long> longs(Path file, String name, JsonNode node, String key) {
    JsonNode array = node.path(key);
    if (!array.isArray()) {
      throw invalid(file, "tensor %s has no %s".formatted(name, key));
    }
    List<Long> values = new ArrayList<>();
    for (JsonNode value : array) {
      if (!value.isIntegralNumber() || !value.canConvertToLong() || value.asLong() < 0) {
        throw invalid(file, "tensor %s has %s in its %s".formatted(name, value, key));
      }
      values.add(value.asLong());
    }
    return values;
  }

  private static void checkCoverage(Path file, Map<String, Entry> entries, long dataBytes) {
    List<Map.Entry<String, Entry>> sorted = new ArrayList<>(entries.entrySet());
    sorted.sort(
        Comparator.comparingLong((Map.Entry<String, Entry> e) -> e.getValue().begin())
            .thenComparingLong(e -> e.getValue().end()));
    long covered = 0;
    for (Map.Entry<String, Entry> e : sorted) {
      if (e.getValue().begin() != covered) {
        throw invalid(
            file,
            "tensor %s starts at byte %d where %d was expected: a gap or an overlap"
                .formatted(e.getKey(), e.getValue().begin(), covered));
      }
      covered = e.getValue().end();
    }
    if (covered != dataBytes) {
      throw invalid(
          file,
          "its tensors take %d bytes and it has %d: it is cut off or has a tail"
              .formatted(covered, dataBytes));
    }
  }

  private static ByteBuffer read(FileChannel channel, long position, int length)
      throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    while (buffer.hasRemaining()) {
      if (channel.read(buffer, position + buffer.position()) < 0) {
        throw new IOException("the file ended early");
      }
    }
    return buffer.flip();
  }

  private static void closeQuietly(FileChannel channel) {
    try {
      if (channel != null) {
        channel.close();
      }
    } catch (IOException e) {
      throw new CheckpointException("cannot close a weights file: " + e, e);
    }
  }

  private static CheckpointException invalid(Path file, String problem) {
    return new CheckpointException(
        "%s is not a valid safetensors file: %s".formatted(file, problem));
  }

  private record Entry(TensorType type, long begin, long end) {}

  private static final class MappedWeights implements Weights {
    private final Path file;
    private final FileChannel channel;
    private final long start;
    private final Map<String, Entry> entries;

    MappedWeights(Path file, FileChannel channel, long start, Map<String, Entry> entries) {
      this.file = file;
      this.channel = channel;
      this.start = start;
      this.entries = entries;
    }

    @Override
    public Set<String> names() {
      return Collections.unmodifiableSet(entries.keySet());
    }

    @Override
    public Tensor get(String name) {
      Entry entry = entries.get(name);
      if (entry == null) {
        throw new CheckpointException(
            "%s has no tensor %s; nearest: %s"
                .formatted(file, name, Names.nearest(name, entries.keySet(), 3)));
      }
      long bytes = entry.end() - entry.begin();
      if (bytes > Integer.MAX_VALUE) {
        throw new CheckpointException(
            "tensor %s of %s has %d bytes, more than the 2 GiB that a buffer can hold"
                .formatted(name, file, bytes));
      }
      try {
        ByteBuffer data = channel.map(FileChannel.MapMode.READ_ONLY, start + entry.begin(), bytes);
        return new Tensor(entry.type(), data);
      } catch (IOException e) {
        throw new CheckpointException("cannot map tensor %s of %s".formatted(name, file), e);
      }
    }

    @Override
    public void close() {
      closeQuietly(channel);
    }
  }
}
