package io.sentencestreams.model.window;

import java.util.Arrays;
import java.util.BitSet;

/**
 * Up to {@value #CAPACITY} vectors of one slice, in order of arrival. What the arrays hold is never
 * overwritten: a {@link WindowSnapshot} reads them from other threads.
 */
final class Chunk {
  static final int BITS = 8;
  static final int CAPACITY = 1 << BITS;
  private static final int SMALL = 16;

  /** Long and int fields, references and the headers of the object and its bit set, about. */
  private static final long FIELDS = 96;

  private final int dimension;
  private final BitSet removed = new BitSet(0);
  private short[] vectors;
  private long[] handles;
  private long[] times;
  private int size;
  private long leastTime = Long.MAX_VALUE;
  private long greatestTime = Long.MIN_VALUE;

  /**
   * An empty chunk.
   *
   * @param room vectors that it has room for at once: few where few may come
   */
  Chunk(int dimension, int room) {
    this.dimension = dimension;
    int capacity = Math.max(SMALL, Math.min(CAPACITY, room));
    this.vectors = new short[capacity * dimension];
    this.handles = new long[capacity];
    this.times = new long[capacity];
  }

  boolean isFull() {
    return size == CAPACITY;
  }

  /** Offset of the vector within the chunk. */
  int add(long handle, long time, short[] vector) {
    if (size == handles.length) {
      int capacity = Math.min(CAPACITY, size + size / 4);
      vectors = Arrays.copyOf(vectors, capacity * dimension);
      handles = Arrays.copyOf(handles, capacity);
      times = Arrays.copyOf(times, capacity);
    }
    System.arraycopy(vector, 0, vectors, size * dimension, dimension);
    handles[size] = handle;
    times[size] = time;
    leastTime = Math.min(leastTime, time);
    greatestTime = Math.max(greatestTime, time);
    return size++;
  }

  /** Offset of a vector, or -1. */
  int find(long handle, long time) {
    if (time < leastTime || time > greatestTime) {
      return -1;
    }
    for (int i = 0; i < size; i++) {
      if (handles[i] == handle && times[i] == time && !removed.get(i)) {
        return i;
      }
    }
    return -1;
  }

  void remove(int offset) {
    removed.set(offset);
  }

  /** Vectors that were not removed. */
  int live() {
    return size - removed.cardinality();
  }

  int size() {
    return size;
  }

  boolean isLive(int offset) {
    return !removed.get(offset);
  }

  /** Whether some time of the chunk may be in the span. */
  boolean meets(long fromTime, long toTime) {
    return leastTime <= toTime && greatestTime >= fromTime;
  }

  boolean isWithin(int offset, long fromTime, long toTime) {
    return times[offset] >= fromTime && times[offset] <= toTime && !removed.get(offset);
  }

  long handle(int offset) {
    return handles[offset];
  }

  long time(int offset) {
    return times[offset];
  }

  /** The array that holds the vectors; that of an offset begins at offset times dimension. */
  short[] vectors() {
    return vectors;
  }

  short[] copy(int offset) {
    return Arrays.copyOfRange(vectors, offset * dimension, (offset + 1) * dimension);
  }

  /** What it holds now, unchanged by what follows. */
  WindowSnapshot.Part freeze() {
    BitSet gone = removed.isEmpty() ? null : (BitSet) removed.clone();
    return new WindowSnapshot.Part(vectors, handles, times, size, gone, leastTime, greatestTime);
  }

  long memoryBytes() {
    return FIELDS
        + ArrayBytes.of(vectors)
        + ArrayBytes.of(handles)
        + ArrayBytes.of(times)
        + removed.size() / Byte.SIZE;
  }
}
