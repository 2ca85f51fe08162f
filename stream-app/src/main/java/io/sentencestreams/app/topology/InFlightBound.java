package io.sentencestreams.app.topology;

import java.util.concurrent.atomic.AtomicLong;

/**
 * The bound on the records in flight in this process, those included that have their result and
 * wait behind one that has none: repeats and tombstones, which the encoder never sees. Thread-safe.
 *
 * <p>It is a task's own oldest record that its stream thread waits for beyond the bound, so that no
 * thread waits for what only itself could forward.
 */
final class InFlightBound {
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

  boolean isReached() {
    return records.get() >= maxRecords || bytes.get() >= maxBytes;
  }
}
