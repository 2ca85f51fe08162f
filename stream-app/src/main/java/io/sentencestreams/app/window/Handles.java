package io.sentencestreams.app.window;

/**
 * Numbers of the window's entries: event time in the upper bits, the offset on the window's topic
 * in the lower, so that a store's order is that of time and a range of it is what expires, and a
 * record that is read again has the number that it had.
 */
final class Handles {
  private static final int OFFSET_BITS = 20;
  private static final long OFFSET_MASK = (1L << OFFSET_BITS) - 1;

  /** Beyond the year 2247; later times are taken for this one. */
  private static final long LATEST = Long.MAX_VALUE >> OFFSET_BITS;

  private Handles() {}

  /**
   * A handle that no other entry has, unless it is of the same millisecond and a multiple of a
   * million records away.
   *
   * @param time milliseconds since the epoch
   * @param offset of its record on the window's topic
   */
  static long of(long time, long offset) {
    return first(time) | (offset & OFFSET_MASK);
  }

  /** No handle of this time, or a later one, is smaller. */
  static long first(long time) {
    return Math.max(0, Math.min(time, LATEST)) << OFFSET_BITS;
  }

  /** The time, as far as the handle can say it. */
  static long time(long handle) {
    return handle >> OFFSET_BITS;
  }
}
