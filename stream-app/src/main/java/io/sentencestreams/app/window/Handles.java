package io.sentencestreams.app.window;

/**
 * Numbers of the window's entries: event time in the upper bits, a counter in the lower, so that a
 * store's order is that of time and a range of it is what expires.
 */
final class Handles {
  private static final int COUNTER_BITS = 20;
  private static final long COUNTER_MASK = (1L << COUNTER_BITS) - 1;

  /** Beyond the year 2247; later times are taken for this one. */
  private static final long LATEST = Long.MAX_VALUE >> COUNTER_BITS;

  private Handles() {}

  /**
   * A handle that no other entry has, unless more than a million of one millisecond come in
   * between.
   *
   * @param time milliseconds since the epoch
   * @param counter one more for each entry of the partition
   */
  static long of(long time, long counter) {
    return first(time) | (counter & COUNTER_MASK);
  }

  /** No handle of this time, or a later one, is smaller. */
  static long first(long time) {
    return Math.max(0, Math.min(time, LATEST)) << COUNTER_BITS;
  }

  /** The time, as far as the handle can say it. */
  static long time(long handle) {
    return handle >> COUNTER_BITS;
  }
}
