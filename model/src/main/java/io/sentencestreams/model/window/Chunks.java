package io.sentencestreams.model.window;

import java.util.Arrays;

/**
 * Chunks by number. A vector's slot is the number of its chunk and its offset in it.
 *
 * <p>A chunk's number is used again only after {@link #reuse}, when no cell refers to it any more:
 * until then its slots lead nowhere.
 */
final class Chunks {
  private Chunk[] chunks = new Chunk[16];
  private int[] free = new int[16];
  private int freeCount;
  private int[] retired = new int[16];
  private int retiredCount;
  private int used;

  int add(Chunk chunk) {
    int number;
    if (freeCount > 0) {
      number = free[--freeCount];
    } else {
      number = used++;
      if (number == chunks.length) {
        if (number == 1 << (Integer.SIZE - 1 - Chunk.BITS)) {
          throw new IllegalStateException(
              "a window holds at most 2^31 vectors; use more partitions or a shorter window");
        }
        chunks = Arrays.copyOf(chunks, number + number / 4);
      }
    }
    chunks[number] = chunk;
    return number;
  }

  /** The chunk of a slot, or null if it is gone. */
  Chunk of(int slot) {
    return chunks[slot >>> Chunk.BITS];
  }

  Chunk get(int number) {
    return chunks[number];
  }

  /** Numbers run from 0 to below this. */
  int numbers() {
    return used;
  }

  static int slot(int number, int offset) {
    return (number << Chunk.BITS) | offset;
  }

  static int offset(int slot) {
    return slot & (Chunk.CAPACITY - 1);
  }

  boolean isLive(int slot) {
    Chunk chunk = of(slot);
    return chunk != null && chunk.isLive(offset(slot));
  }

  void retire(int number) {
    chunks[number] = null;
    retired = grown(retired, retiredCount);
    retired[retiredCount++] = number;
  }

  /** Gives retired numbers out again. */
  void reuse() {
    while (retiredCount > 0) {
      free = grown(free, freeCount);
      free[freeCount++] = retired[--retiredCount];
    }
  }

  private static int[] grown(int[] array, int size) {
    return size < array.length ? array : Arrays.copyOf(array, size + size / 4);
  }

  long memoryBytes() {
    long bytes =
        ArrayBytes.ofReferences(chunks.length) + ArrayBytes.of(free) + ArrayBytes.of(retired);
    for (int number = 0; number < used; number++) {
      if (chunks[number] != null) {
        bytes += chunks[number].memoryBytes();
      }
    }
    return bytes;
  }
}
