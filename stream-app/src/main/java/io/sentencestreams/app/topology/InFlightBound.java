package io.sentencestreams.app.topology;

import java.util.concurrent.atomic.AtomicLong;

/**
 * The bound on the records in flight in this process, those included that have their result and
 * wait behind one that has none: repeats and tombstones, which the encoder never sees. Thread-safe.
 *
 * <p>It is a task's own oldest record that its stream thread waits for beyond the bound, so that no
 * thread waits for what only itself could forward; and only for a task that has a good part of what
 * is in flight, since the thread's other tasks wait with it.
 */
final class InFlightBound {
  private static final int PARTS = 64;

  private final long maxRecords;
  private final long maxBytes;
  private final AtomicLong records = new AtomicLong();
  private final AtomicLong bytes = new AtomicLong();

  InFlightBound(long maxRecords, long maxBytes) {
    this.maxRecords = maxRecords;
    this.maxBytes = maxBytes;
  }

  void add(int recordBytes) {
    records.incrementAndGet();
    bytes.addAndGet(recordBytes);
  }

  void remove(int recordBytes) {
    records.decrementAndGet();
    bytes.addAndGet(-recordBytes);
  }

  /** Whether a task that has so much of it is to wait. */
  boolean isReached(long taskRecords, long taskBytes) {
    return (records.get() >= maxRecords && taskRecords >= maxRecords / PARTS)
        || (bytes.get() >= maxBytes && taskBytes >= maxBytes / PARTS);
  }
}
