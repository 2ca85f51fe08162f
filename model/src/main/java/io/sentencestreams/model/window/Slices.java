package io.sentencestreams.model.window;

import java.util.Arrays;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/** Vectors by slices of time, so that those of a slice go together, in any order of arrival. */
final class Slices {
  /** A node of the tree, its key, the object and its header, about. */
  private static final long FIELDS = 120;

  /** Numbers of the chunks of a slice; vectors are added to the last. */
  private static final class Slice {
    private int[] chunks = new int[1];
    private int count;

    int last() {
      return chunks[count - 1];
    }

    void add(int number) {
      if (count == chunks.length) {
        chunks = Arrays.copyOf(chunks, count + 1 + count / 4);
      }
      chunks[count++] = number;
    }

    void removeAt(int index) {
      System.arraycopy(chunks, index + 1, chunks, index, count - index - 1);
      count--;
    }
  }

  private final Chunks chunks;
  private final int dimension;
  private final long sliceMillis;
  private final NavigableMap<Long, Slice> slices = new TreeMap<>();
  private long size;

  Slices(Chunks chunks, int dimension, long sliceMillis) {
    this.chunks = chunks;
    this.dimension = dimension;
    this.sliceMillis = sliceMillis;
  }

  /** Slot of the vector. */
  int add(long handle, long time, short[] vector) {
    Slice slice = slices.computeIfAbsent(Math.floorDiv(time, sliceMillis), key -> new Slice());
    if (slice.count == 0 || chunks.get(slice.last()).isFull()) {
      slice.add(chunks.add(new Chunk(dimension, slice.count * Chunk.CAPACITY / 8)));
    }
    size++;
    return Chunks.slot(slice.last(), chunks.get(slice.last()).add(handle, time, vector));
  }

  /** Removes one vector; whether it was there. */
  boolean remove(long handle, long time) {
    long key = Math.floorDiv(time, sliceMillis);
    Slice slice = slices.get(key);
    if (slice == null) {
      return false;
    }
    for (int i = slice.count - 1; i >= 0; i--) {
      Chunk chunk = chunks.get(slice.chunks[i]);
      int offset = chunk.find(handle, time);
      if (offset >= 0) {
        chunk.remove(offset);
        size--;
        if (chunk.live() == 0) {
          chunks.retire(slice.chunks[i]);
          slice.removeAt(i);
          if (slice.count == 0) {
            slices.remove(key);
          }
        }
        return true;
      }
    }
    return false;
  }

  /** Drops the slices that end before a time; how many vectors went. */
  long expire(long beforeTime) {
    if (slices.isEmpty()) {
      return 0;
    }
    long first = Math.floorDiv(beforeTime, sliceMillis);
    long before = size;
    while (!slices.isEmpty() && slices.firstKey() < first) {
      Slice slice = slices.pollFirstEntry().getValue();
      for (int i = 0; i < slice.count; i++) {
        size -= chunks.get(slice.chunks[i]).live();
        chunks.retire(slice.chunks[i]);
      }
    }
    return before - size;
  }

  long size() {
    return size;
  }

  long memoryBytes() {
    long bytes = 0;
    for (Map.Entry<Long, Slice> entry : slices.entrySet()) {
      bytes += FIELDS + ArrayBytes.of(entry.getValue().chunks);
    }
    return bytes;
  }
}
