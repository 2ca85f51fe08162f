package io.sentencestreams.model.words;

import io.sentencestreams.model.checkpoint.CheckpointException;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/**
 * The bytes of a file, unpacked if they are gzip, behind a window of a fixed size that can be
 * looked at before it is taken. Owns the open file.
 */
final class ByteSource implements AutoCloseable {
  /** More than any line or vector has: {@value WordVectors#MAX_DIMENSION} numbers of 15 signs. */
  static final int WINDOW = 1 << 20;

  private static final byte[] GZIP = {0x1f, (byte) 0x8b};

  private final Path file;
  private final Counter packed;
  private final InputStream in;
  private final boolean gzip;
  private final byte[] window = new byte[WINDOW];
  private int from;
  private int to;
  private long taken;
  private boolean ended;

  /** Counts what was read of the file itself. */
  private static final class Counter extends FilterInputStream {
    private long count;

    Counter(InputStream in) {
      super(in);
    }

    @Override
    public int read() throws IOException {
      int value = super.read();
      count += value < 0 ? 0 : 1;
      return value;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      int read = super.read(bytes, offset, length);
      count += Math.max(0, read);
      return read;
    }
  }

  private ByteSource(Path file, Counter packed, InputStream in, boolean gzip) {
    this.file = file;
    this.packed = packed;
    this.in = in;
    this.gzip = gzip;
  }

  /** Opens a file; whether it is gzip, its first bytes say, not its name. */
  static ByteSource open(Path file) {
    try {
      InputStream raw = Files.newInputStream(file);
      try {
        Counter counter = new Counter(raw);
        BufferedInputStream buffered = new BufferedInputStream(counter, 1 << 16);
        buffered.mark(GZIP.length);
        byte[] magic = buffered.readNBytes(GZIP.length);
        buffered.reset();
        boolean gzip = Arrays.equals(magic, GZIP);
        InputStream in = gzip ? new GZIPInputStream(buffered, 1 << 16) : buffered;
        return new ByteSource(file, counter, in, gzip);
      } catch (IOException | RuntimeException e) {
        raw.close();
        throw e;
      }
    } catch (NoSuchFileException e) {
      throw new CheckpointException("there is no file " + file, e);
    } catch (EOFException e) {
      throw new CheckpointException(file + " is cut off: it ends within the header of gzip", e);
    } catch (IOException e) {
      throw new CheckpointException("cannot read %s: %s".formatted(file, e), e);
    }
  }

  Path file() {
    return file;
  }

  boolean gzip() {
    return gzip;
  }

  /** Bytes taken so far, unpacked. */
  long offset() {
    return taken;
  }

  /** Bytes of the file itself that were read, which is a little more than was taken. */
  long packedOffset() {
    return packed.count;
  }

  /**
   * Looks ahead.
   *
   * @return how many of {@code count} bytes there are; fewer only at the end of the file
   */
  int peek(int count) {
    if (to - from < count && !ended) {
      System.arraycopy(window, from, window, 0, to - from);
      to -= from;
      from = 0;
      fill(count);
    }
    return Math.min(count, to - from);
  }

  private void fill(int count) {
    try {
      while (to < count && !ended) {
        int read = in.read(window, to, window.length - to);
        ended = read < 0;
        to += Math.max(0, read);
      }
    } catch (EOFException e) {
      throw new CheckpointException(
          "%s is cut off: its gzip stream ends within the data, after %d unpacked bytes"
              .formatted(file, taken + to - from),
          e);
    } catch (ZipException e) {
      throw new CheckpointException(
          "%s is damaged: its gzip stream cannot be unpacked after %d bytes: %s"
              .formatted(file, taken + to - from, e.getMessage()),
          e);
    } catch (IOException e) {
      throw new CheckpointException("cannot read %s: %s".formatted(file, e), e);
    }
  }

  /** The window that {@link #peek} filled; a byte ahead is at {@link #start} plus its distance. */
  byte[] window() {
    return window;
  }

  int start() {
    return from;
  }

  /** Takes bytes that were looked at. */
  void take(int count) {
    from += count;
    taken += count;
  }

  /**
   * Distance to the next of a byte.
   *
   * @return -1 if it is not among the next {@code limit} bytes
   */
  int find(char wanted, int limit) {
    int seen = 0;
    int ask = Math.min(limit, 4096);
    while (true) {
      int there = peek(ask);
      for (; seen < there; seen++) {
        if (window[from + seen] == wanted) {
          return seen;
        }
      }
      if (there < ask || ask == limit) {
        return -1;
      }
      ask = Math.min(limit, 2 * ask);
    }
  }

  boolean atEnd() {
    return peek(1) == 0;
  }

  @Override
  public void close() {
    try {
      in.close();
    } catch (IOException e) {
      throw new CheckpointException("cannot close %s: %s".formatted(file, e), e);
    }
  }
}
