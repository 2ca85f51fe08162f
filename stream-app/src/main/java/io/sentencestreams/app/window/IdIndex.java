package io.sentencestreams.app.window;

import java.util.Arrays;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.stream.LongStream;

/**
 * Handles of the window's texts by the hash of their id, in slices of time that go together, as the
 * vectors do. An id may have many texts, and two ids one hash: whoever asks must compare the id
 * itself. Not thread-safe.
 */
final class IdIndex {
  /** A node of the tree, its key, the object and its header, about. */
  private static final long FIELDS = 120;

  private static final int SMALL = 16;
  private static final int NONE = -1;

  /** Chains of entries, the newest first; so a hash that all texts share costs no more than any. */
  private static final class Slice {
    private int[] heads = filled(SMALL);
    private int[] hashes = new int[SMALL];
    private int[] next = new int[SMALL];
    private long[] handles = new long[SMALL];
    private int size;
    private int removed;

    void add(int hash, long handle) {
      if (size == handles.length) {
        grow();
      }
      hashes[size] = hash;
      handles[size] = handle;
      link(size++);
    }

    private void grow() {
      int capacity = size + size / 2;
      hashes = Arrays.copyOf(hashes, capacity);
      next = Arrays.copyOf(next, capacity);
      handles = Arrays.copyOf(handles, capacity);
      if (capacity > 2 * heads.length) {
        heads = filled(2 * heads.length);
        for (int i = 0; i < size; i++) {
          link(i);
        }
      }
    }

    private void link(int entry) {
      int head = hashes[entry] & (heads.length - 1);
      next[entry] = heads[head];
      heads[head] = entry;
    }

    LongStream find(int hash) {
      LongStream.Builder found = LongStream.builder();
      for (int i = heads[hash & (heads.length - 1)]; i != NONE; i = next[i]) {
        if (hashes[i] == hash) {
          found.add(handles[i]);
        }
      }
      return found.build();
    }

    private static int[] filled(int size) {
      int[] array = new int[size];
      Arrays.fill(array, NONE);
      return array;
    }

    long memoryBytes() {
      return FIELDS
          + (long) Integer.BYTES * (heads.length + hashes.length + next.length)
          + (long) Long.BYTES * handles.length;
    }
  }

  private final long sliceMillis;
  private final NavigableMap<Long, Slice> slices = new TreeMap<>();

  IdIndex(long sliceMillis) {
    this.sliceMillis = sliceMillis;
  }

  /** What stands for an id. */
  static int hash(String id) {
    int hash = id.hashCode();
    return hash ^ (hash >>> 16); // numbered ids differ in few bits
  }

  void add(int hash, long handle) {
    slices.computeIfAbsent(key(handle), key -> new Slice()).add(hash, handle);
  }

  /** Counts a text that is gone; the last one of a slice takes it along. */
  void removed(long handle) {
    Slice slice = slices.get(key(handle));
    if (slice != null && ++slice.removed == slice.size) {
      slices.remove(key(handle));
    }
  }

  /** Drops the slices that end before a time. */
  void expire(long beforeTime) {
    long first = Math.floorDiv(beforeTime, sliceMillis);
    while (!slices.isEmpty() && slices.firstKey() < first) {
      slices.pollFirstEntry();
    }
  }

  /** Handles of the texts whose id may have this hash, in no order; some may be gone. */
  long[] find(int hash) {
    return slices.values().stream().flatMapToLong(slice -> slice.find(hash)).toArray();
  }

  void clear() {
    slices.clear();
  }

  long memoryBytes() {
    long bytes = 0;
    for (Map.Entry<Long, Slice> entry : slices.entrySet()) {
      bytes += entry.getValue().memoryBytes();
    }
    return bytes;
  }

  private long key(long handle) {
    return Math.floorDiv(Handles.time(handle), sliceMillis);
  }
}
