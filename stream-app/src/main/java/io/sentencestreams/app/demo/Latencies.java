package io.sentencestreams.app.demo;

import java.util.Arrays;

/** The last few thousand latencies, in milliseconds. */
final class Latencies {
  private static final int WINDOW = 4096;

  private final long[] window = new long[WINDOW];
  private long count;

  void add(long millis) {
    window[(int) (count++ % WINDOW)] = Math.max(0, millis);
  }

  /** The latency that {@code percent} percent of the window are within; 0 if there is none. */
  long percentile(int percent) {
    int size = (int) Math.min(count, WINDOW);
    if (size == 0) {
      return 0;
    }
    long[] sorted = Arrays.copyOf(window, size);
    Arrays.sort(sorted);
    return sorted[Math.min(size - 1, size * percent / 100)];
  }
}
