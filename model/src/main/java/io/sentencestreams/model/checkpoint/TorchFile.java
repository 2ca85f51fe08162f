package io.sentencestreams.model.checkpoint;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;

/**
 * Weights that PyTorch pickled, {@code pytorch_model.bin}: the zip archive of version 1.6 and
 * later, or the sequence of pickles of versions before. Nothing in the file is executed: see {@link
 * Unpickler}. No more is allocated than the file has bytes.
 */
final class TorchFile {
  /** The lower eight bytes of the magic number 0x1950a86a20f9469cfc6c. */
  private static final long MAGIC = 0xa86a20f9469cfc6cL;

  private static final long PROTOCOL = 1001;
  private static final int ZIP = 0x04034b50;

  /** Where the elements of a storage are. */
  private interface Storages extends AutoCloseable {
    /** Bytes of a storage from an offset on. */
    ByteBuffer read(Unpickler.Storage storage, long offset, long bytes) throws IOException;

    @Override
    void close() throws IOException;
  }

  private TorchFile() {}

  /**
   * Opens a file.
   *
   * @throws CheckpointException if it is none, holds more than tensors, or is damaged
   */
  static Weights open(Path file) {
    try {
      return startsAsZip(file) ? openZip(file) : openLegacy(file);
    } catch (IOException | IllegalArgumentException e) {
      throw damaged(file, e);
    }
  }

  private static CheckpointException damaged(Path file, Exception e) {
    return new CheckpointException(
        "%s is not a file of weights that can be used: %s".formatted(file, e.getMessage()), e);
  }

  private static boolean startsAsZip(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      ByteBuffer start = ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN);
      channel.read(start);
      return start.position() == 4 && start.getInt(0) == ZIP;
    }
  }

  private static Weights openZip(Path file) throws IOException {
    ZipFile zip = new ZipFile(file.toFile());
    try {
      ZipEntry pickle =
          zip.stream()
              .filter(entry -> entry.getName().endsWith("/data.pkl"))
              .findFirst()
              .orElseThrow(() -> new ZipException("it is a zip archive without data.pkl"));
      requireStored(pickle);
      String root = pickle.getName().substring(0, pickle.getName().length() - "data.pkl".length());
      ZipEntry order = zip.getEntry(root + "byteorder");
      if (order != null) {
        try (InputStream in = zip.getInputStream(order)) {
          if (in.read() == 'b') {
            throw new ZipException("it was written on a big-endian machine");
          }
        }
      }
      Object content;
      try (InputStream in = new BufferedInputStream(zip.getInputStream(pickle))) {
        content = Unpickler.read(in);
      }
      return new PickledWeights(file, views(content), new ZippedStorages(zip, root));
    } catch (IOException | RuntimeException e) {
      zip.close();
      throw e;
    }
  }

  /** PyTorch never compresses; a compressed entry could grow to any size. */
  private static void requireStored(ZipEntry entry) throws ZipException {
    if (entry.getMethod() != ZipEntry.STORED) {
      throw new ZipException("its entry %s is compressed".formatted(entry.getName()));
    }
  }

  private record ZippedStorages(ZipFile zip, String root) implements Storages {
    @Override
    public ByteBuffer read(Unpickler.Storage storage, long offset, long bytes) throws IOException {
      ZipEntry entry = zip.getEntry(root + "data/" + storage.key());
      if (entry == null) {
        throw new ZipException("it lacks its storage " + storage.key());
      }
      requireStored(entry);
      if (offset + bytes > entry.getSize()) {
        throw new ZipException(
            "its storage %s has %d bytes, too few".formatted(storage.key(), entry.getSize()));
      }
      try (InputStream in = zip.getInputStream(entry)) {
        in.skipNBytes(offset);
        byte[] data = in.readNBytes(Math.toIntExact(bytes));
        if (data.length < bytes) {
          throw new EOFException("its storage %s ends early".formatted(storage.key()));
        }
        return ByteBuffer.wrap(data).order(ByteOrder.LITTLE_ENDIAN);
      }
    }

    @Override
    public void close() throws IOException {
      zip.close();
    }
  }

  private static Weights openLegacy(Path file) throws IOException {
    FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
    try {
      CountingStream in = new CountingStream(Channels.newInputStream(channel));
      if (!Long.valueOf(MAGIC).equals(Unpickler.read(in))
          || !Long.valueOf(PROTOCOL).equals(Unpickler.read(in))) {
        throw new IOException("it begins as no file of PyTorch does");
      }
      Unpickler.read(in); // about the machine that wrote it
      Map<String, Unpickler.TensorView> views = views(Unpickler.read(in));
      Object keys = Unpickler.read(in);
      Map<String, Unpickler.Storage> storages = new HashMap<>();
      views.values().forEach(view -> storages.put(view.storage().key(), view.storage()));
      Map<String, Long> positions = new HashMap<>();
      long position = in.count();
      for (Object key : keys instanceof List<?> list ? list : List.of()) {
        // What is no text may hold itself, and could be neither found nor printed.
        Unpickler.Storage storage = key instanceof String ? storages.get(key) : null;
        if (storage == null) {
          throw new IOException(
              "its storage %s belongs to no tensor".formatted(key instanceof String ? key : "?"));
        }
        long elements = count(channel, position);
        if (elements != storage.elements()) {
          throw new IOException(
              "its storage %s has %d elements instead of %d"
                  .formatted(key, elements, storage.elements()));
        }
        positions.put(storage.key(), position + Long.BYTES);
        position =
            Math.addExact(
                position + Long.BYTES, Math.multiplyExact(elements, storage.dtype().bytes()));
      }
      if (position > channel.size()) {
        throw new EOFException(
            "it has %d bytes, but its tensors end at %d".formatted(channel.size(), position));
      }
      return new PickledWeights(file, views, new LegacyStorages(channel, positions));
    } catch (IOException | RuntimeException e) {
      channel.close();
      if (e instanceof ArithmeticException) {
        throw new IOException("its sizes are impossible", e);
      }
      throw e;
    }
  }

  private static long count(FileChannel channel, long position) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    while (buffer.hasRemaining()) {
      if (channel.read(buffer, position + buffer.position()) < 0) {
        throw new EOFException("it ends early");
      }
    }
    return buffer.getLong(0);
  }

  private record LegacyStorages(FileChannel channel, Map<String, Long> positions)
      implements Storages {
    @Override
    public ByteBuffer read(Unpickler.Storage storage, long offset, long bytes) throws IOException {
      Long position = positions.get(storage.key());
      if (position == null) {
        throw new IOException("it lacks its storage " + storage.key());
      }
      return channel
          .map(FileChannel.MapMode.READ_ONLY, position + offset, bytes)
          .order(ByteOrder.LITTLE_ENDIAN);
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }

  /** Where in the file a pickle ended: the raw numbers follow at once. */
  private static final class CountingStream extends InputStream {
    private final InputStream in;
    private long count;

    CountingStream(InputStream in) {
      this.in = new BufferedInputStream(in);
    }

    long count() {
      return count;
    }

    @Override
    public int read() throws IOException {
      int value = in.read();
      count += value < 0 ? 0 : 1;
      return value;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      int read = in.read(bytes, offset, length);
      count += Math.max(read, 0);
      return read;
    }
  }

  private static Map<String, Unpickler.TensorView> views(Object content) throws IOException {
    if (!(content instanceof Map<?, ?> map)) {
      throw new IOException("it holds no map of tensors");
    }
    Map<String, Unpickler.TensorView> views = new LinkedHashMap<>();
    for (Map.Entry<?, ?> entry : map.entrySet()) {
      if (!(entry.getKey() instanceof String name)
          || !(entry.getValue() instanceof Unpickler.TensorView view)) {
        throw new IOException("its entry %s is no tensor".formatted(entry.getKey()));
      }
      check(name, view);
      views.put(name, view);
    }
    return views;
  }

  private static void check(String name, Unpickler.TensorView view) throws IOException {
    try {
      long last = view.offset();
      boolean empty = false;
      if (view.shape().size() != view.strides().size() || view.offset() < 0) {
        throw new IOException("its tensor %s has an impossible shape".formatted(name));
      }
      for (int i = 0; i < view.shape().size(); i++) {
        long size = view.shape().get(i);
        long stride = view.strides().get(i);
        if (size < 0 || stride < 0) {
          throw new IOException("its tensor %s has an impossible shape".formatted(name));
        }
        empty |= size == 0;
        last = Math.addExact(last, Math.multiplyExact(Math.max(size - 1, 0), stride));
      }
      long bytes = new TensorType(view.storage().dtype(), view.shape()).byteSize();
      long stored = Math.multiplyExact(view.storage().elements(), view.storage().dtype().bytes());
      // A stride of 0 could make much of little.
      if (!empty && (last >= view.storage().elements() || bytes > stored)) {
        throw new IOException("its tensor %s reaches beyond its storage".formatted(name));
      }
    } catch (ArithmeticException e) {
      throw new IOException("its tensor %s has an impossible shape".formatted(name), e);
    }
  }

  private record PickledWeights(
      Path file, Map<String, Unpickler.TensorView> views, Storages storages) implements Weights {
    @Override
    public Set<String> names() {
      return Collections.unmodifiableSet(views.keySet());
    }

    @Override
    public Tensor get(String name) {
      Unpickler.TensorView view = views.get(name);
      if (view == null) {
        throw new CheckpointException(
            "%s has no tensor %s; nearest: %s"
                .formatted(file, name, Names.nearest(name, views.keySet(), 3)));
      }
      TensorType type = new TensorType(view.storage().dtype(), view.shape());
      if (type.byteSize() > Integer.MAX_VALUE) {
        throw new CheckpointException(
            "tensor %s of %s has %d bytes, more than the 2 GiB that a buffer can hold"
                .formatted(name, file, type.byteSize()));
      }
      try {
        int width = type.dtype().bytes();
        if (isContiguous(view)) {
          return new Tensor(
              type, storages.read(view.storage(), view.offset() * width, type.byteSize()));
        }
        ByteBuffer all = storages.read(view.storage(), 0, view.storage().elements() * width);
        return new Tensor(type, gather(view, all, (int) type.byteSize()));
      } catch (IOException | ArithmeticException e) {
        throw damaged(file, e);
      }
    }

    private static boolean isContiguous(Unpickler.TensorView view) {
      long expected = 1;
      for (int i = view.shape().size() - 1; i >= 0; i--) {
        if (view.shape().get(i) != 1 && view.strides().get(i) != expected) {
          return false;
        }
        expected *= view.shape().get(i);
      }
      return true;
    }

    private static ByteBuffer gather(Unpickler.TensorView view, ByteBuffer all, int bytes) {
      ByteBuffer out = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
      int width = view.storage().dtype().bytes();
      int rank = view.shape().size();
      long[] index = new long[rank];
      while (out.hasRemaining()) {
        long element = view.offset();
        for (int i = 0; i < rank; i++) {
          element += index[i] * view.strides().get(i);
        }
        for (int b = 0; b < width; b++) {
          out.put(all.get(Math.toIntExact(element * width + b)));
        }
        for (int i = rank - 1; i >= 0 && ++index[i] == view.shape().get(i); i--) {
          index[i] = 0;
        }
      }
      return out.flip();
    }

    @Override
    public void close() {
      try {
        storages.close();
      } catch (IOException e) {
        throw new CheckpointException("cannot close %s: %s".formatted(file, e), e);
      }
    }
  }
}
