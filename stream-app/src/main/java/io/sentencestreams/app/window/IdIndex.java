package io.sentencestreams.app.window;

import java.util.Arrays;
import java.util.BitSet;
import java.util.Map;
import java.util.NavigableMap;
import java.util.PriorityQueue;
import java.util.TreeMap;

/**
 * Handles of the window's texts by the hash of their id, in slices of time that go together, as the
 * vectors do; a slice of which the most are gone is written anew without them. An id may have many
 * texts, and two ids one hash: whoever asks must compare the id itself. Not thread-safe.
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
    private long[] removed = {};
    private int removedSize;

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

    /** Takes out what is gone, when that is more than half; whether anything is left. */
    boolean remove(long handle) {
      if (removedSize == removed.length) {
        removed = Arrays.copyOf(removed, SMALL + removedSize + removedSize / 2);
      }
      removed[removedSize++] = handle;
      if (removedSize > SMALL && removedSize > size / 2 && removedSize < size) {
        rebuild();
      }
      return removedSize < size;
    }

    private void rebuild() {
      long[] gone = Arrays.copyOf(removed, removedSize);
      Arrays.sort(gone);
      BitSet taken = new BitSet(gone.length);
      int[] oldHashes = hashes;
      long[] oldHandles = handles;
      int oldSize = size;
      int capacity = Math.max(SMALL, size - removedSize);
      heads = filled(Math.max(SMALL, Integer.highestOneBit(capacity)));
      hashes = new int[capacity];
      next = new int[capacity];
      handles = new long[capacity];
      removed = new long[0];
      removedSize = 0;
      size = 0;
      for (int i = 0; i < oldSize; i++) {
        if (!take(gone, taken, oldHandles[i])) {
          add(oldHashes[i], oldHandles[i]);
        }
      }
    }

    /** A handle may be there twice, and one of them gone: the earlier one. */
    private static boolean take(long[] gone, BitSet taken, long handle) {
      int at = Arrays.binarySearch(gone, handle);
      if (at < 0) {
        return false;
      }
      while (at > 0 && gone[at - 1] == handle) {
        at--;
      }
      at = taken.nextClearBit(at);
      if (at >= gone.length || gone[at] != handle) {
        return false;
      }
      taken.set(at);
      return true;
    }

    void find(int hash, long before, int most, PriorityQueue<Long> greatest) {
      for (int i = heads[hash & (heads.length - 1)]; i != NONE; i = next[i]) {
        if (hashes[i] == hash && handles[i] < before) {
          if (greatest.size() < most) {
            greatest.add(handles[i]);
          } else if (handles[i] > greatest.peek()) {
            greatest.poll();
            greatest.add(handles[i]);
          }
        }
      }
    }

    private static int[] filled(int size) {
      int[] array = new int[size];
      Arrays.fill(array, NONE);
      return array;
    }

    long memoryBytes() {
      return FIELDS
          + (long) Integer.BYTES * (heads.length + hashes.length + next.length)
          + (long) Long.BYTES * (handles.length + removed.length);
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

  /** Notes a text that is gone; the last one of a slice takes it along. */
  void removed(long handle) {
    Slice slice = slices.get(key(handle));
    if (slice != null && !slice.remove(handle)) {
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

  /**
   * The greatest handles of texts whose id may have this hash, the greatest first; some may be
   * gone.
   *
   * @param before all are less
   * @param most how many at most, at least one
   */
  long[] find(int hash, long before, int most) {
    PriorityQueue<Long> greatest = new PriorityQueue<>();
    for (Slice slice : slices.descendingMap().values()) {
      if (greatest.size() == most) {
        break; // a handle begins with its time
      }
      slice.find(hash, before, most, greatest);
    }
    long[] handles = new long[greatest.size()];
    for (int i = handles.length - 1; i >= 0; i--) {
      handles[i] = greatest.remove();
    }
    return handles;
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
