package io.sentencestreams.app.batch;

import java.time.Duration;
import java.util.Arrays;

/** Since when each thread has been in a call of the encoder. Thread-safe. */
final class CallTimes {
  private static final long IDLE = Long.MIN_VALUE;

  private final long[] since;

  CallTimes(int threads) {
    since = new long[threads];
    Arrays.fill(since, IDLE);
  }

  synchronized void begin(int thread, long nowNanos) {
    since[thread] = nowNanos;
  }

  synchronized void end(int thread) {
    since[thread] = IDLE;
  }

  /** How long the longest of the running calls has been running; zero if none is. */
  synchronized Duration longest(long nowNanos) {
    long longest = 0;
    for (long start : since) {
      if (start != IDLE) {
        longest = Math.max(longest, nowNanos - start);
      }
    }
    return Duration.ofNanos(longest);
  }
}
