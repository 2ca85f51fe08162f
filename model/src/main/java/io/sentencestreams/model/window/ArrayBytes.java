package io.sentencestreams.model.window;

/** Bytes of arrays on the heap: their elements and a header of 16 bytes. */
final class ArrayBytes {
  private static final long HEADER = 16;

  private ArrayBytes() {}

  static long of(short[] array) {
    return HEADER + (long) Short.BYTES * array.length;
  }

  static long of(int[] array) {
    return HEADER + (long) Integer.BYTES * array.length;
  }

  static long of(long[] array) {
    return HEADER + (long) Long.BYTES * array.length;
  }

  /** An array of so many references, each taken for 8 bytes, whatever the JVM makes of it. */
  static long ofReferences(int length) {
    return HEADER + 8L * length;
  }
}
