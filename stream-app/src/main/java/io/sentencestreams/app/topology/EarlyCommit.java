package io.sentencestreams.app.topology;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * Lets a stream thread that has nothing left in flight ask for a commit before the commit interval
 * is over, so that who reads committed records does not wait for the rest of the interval. A commit
 * takes all tasks of a thread along, so what is in flight is counted over all of them, and the
 * number of early commits is bounded. Under load the interval alone counts.
 */
final class EarlyCommit {
  /** How many early commits a thread may ask for in an interval. */
  private static final int PER_INTERVAL = 4;

  private final long intervalNanos;
  private final LongSupplier nanoClock;
  private final ThreadLocal<OfThread> ofThread;

  private static final class OfThread {
    private long inFlight;
    private long nextNanos;
  }

  EarlyCommit(Duration commitInterval, LongSupplier nanoClock) {
    this.intervalNanos = commitInterval.toNanos();
    this.nanoClock = nanoClock;
    this.ofThread =
        ThreadLocal.withInitial(
            () -> {
              OfThread fresh = new OfThread();
              fresh.nextNanos = nanoClock.getAsLong();
              return fresh;
            });
  }

  /** Counts a record of this thread that is in flight now. */
  void arrived() {
    ofThread.get().inFlight++;
  }

  /** Counts records of this thread that are no longer in flight. */
  void left(int records) {
    ofThread.get().inFlight -= records;
  }

  /** Whether this thread may ask for a commit now; if so, the next one is to wait. */
  boolean take() {
    OfThread own = ofThread.get();
    long now = nanoClock.getAsLong();
    if (own.inFlight > 0 || now - own.nextNanos < 0) {
      return false;
    }
    own.nextNanos = now + intervalNanos / PER_INTERVAL;
    return true;
  }

  /** Whether what was forwarded then is in a commit of the interval by now. */
  boolean isPast(long forwardedNanos) {
    return nanoClock.getAsLong() - forwardedNanos > intervalNanos;
  }

  long now() {
    return nanoClock.getAsLong();
  }
}
