package io.sentencestreams.app.topology;

import java.time.Duration;

/**
 * How long the calls of {@code process()} on one stream thread may wait, all together, until the
 * thread comes by a commit again. One bound for each call would not do: a thread with many tasks
 * calls {@code process()} of each before it commits, and an exactly-once transaction that is not
 * committed within 10 seconds is aborted.
 */
final class WaitBudget {
  private final long maxNanos;
  private final ThreadLocal<long[]> waited = ThreadLocal.withInitial(() -> new long[1]);

  WaitBudget(Duration max) {
    this.maxNanos = max.toNanos();
  }

  Duration left() {
    return Duration.ofNanos(Math.max(0, maxNanos - waited.get()[0]));
  }

  void spend(long nanos) {
    waited.get()[0] += nanos;
  }

  /** To be called where a commit can follow: in a punctuation. */
  void renew() {
    waited.get()[0] = 0;
  }
}
