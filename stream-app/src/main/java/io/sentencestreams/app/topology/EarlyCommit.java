package io.sentencestreams.app.topology;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * Lets a task that has nothing left in flight ask for a commit before the commit interval is over,
 * so that who reads committed records does not wait for the rest of the interval. Under load there
 * is always something in flight, and the interval alone counts.
 *
 * <p>A commit takes all tasks of a stream thread along, so the number of commits is bounded for
 * each thread.
 */
final class EarlyCommit {
  /** How many early commits a thread may ask for in an interval. */
  private static final int PER_INTERVAL = 4;

  private final long pauseNanos;
  private final LongSupplier nanoClock;
  private final ThreadLocal<long[]> next;

  EarlyCommit(Duration commitInterval, LongSupplier nanoClock) {
    this.pauseNanos = commitInterval.toNanos() / PER_INTERVAL;
    this.nanoClock = nanoClock;
    this.next = ThreadLocal.withInitial(() -> new long[] {nanoClock.getAsLong()});
  }

  /** Whether this thread may ask for a commit now; if so, the next one is to wait. */
  boolean take() {
    long now = nanoClock.getAsLong();
    if (now - next.get()[0] < 0) {
      return false;
    }
    next.get()[0] = now + pauseNanos;
    return true;
  }
}
