package io.sentencestreams.model.window;

import java.util.Arrays;
import java.util.function.IntPredicate;

/** Slots of the vectors nearest to one centroid, with their codes beside them. */
final class Cell {
  private static final int SMALL = 16;

  /** The object's header and fields, about. */
  private static final long FIELDS = 48;

  private long[] first = new long[SMALL];
  private long[] second = new long[SMALL];
  private int[] slots = new int[SMALL];
  private int size;
  private int leastSplit;

  void add(int slot, long firstHalf, long secondHalf) {
    if (size == slots.length) {
      resize(size + Math.max(SMALL, size / 8));
    }
    first[size] = firstHalf;
    second[size] = secondHalf;
    slots[size++] = slot;
  }

  int size() {
    return size;
  }

  int slot(int index) {
    return slots[index];
  }

  long first(int index) {
    return first[index];
  }

  long second(int index) {
    return second[index];
  }

  /**
   * First member from an index on whose code differs in at most so many bits, or {@link #size}.
   *
   * @param firstLimit for the first half alone
   * @param limit for both halves
   */
  int next(int from, long firstHalf, long secondHalf, int firstLimit, int limit) {
    long[] codes = first;
    for (int i = from; i < size; i++) {
      int differing = Long.bitCount(codes[i] ^ firstHalf);
      if (differing <= firstLimit && differing + Long.bitCount(second[i] ^ secondHalf) <= limit) {
        return i;
      }
    }
    return size;
  }

  /** Keeps the members whose indexes pass, and little more room than they need. */
  void retain(IntPredicate passes) {
    int kept = 0;
    for (int i = 0; i < size; i++) {
      if (passes.test(i)) {
        first[kept] = first[i];
        second[kept] = second[i];
        slots[kept++] = slots[i];
      }
    }
    size = kept;
    if (size < slots.length / 4 * 3) {
      resize(size + Math.max(SMALL, size / 8));
    }
  }

  private void resize(int capacity) {
    first = Arrays.copyOf(first, capacity);
    second = Arrays.copyOf(second, capacity);
    slots = Arrays.copyOf(slots, capacity);
  }

  /** Whether it is so large that it should be split. */
  boolean isLarge(int limit) {
    return size > Math.max(limit, leastSplit);
  }

  /** It could not be split: not tried again before it has doubled. */
  void keepWhole() {
    leastSplit = 2 * size;
  }

  long memoryBytes() {
    return FIELDS + ArrayBytes.of(first) + ArrayBytes.of(second) + ArrayBytes.of(slots);
  }
}
