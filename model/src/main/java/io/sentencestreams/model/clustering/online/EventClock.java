package io.sentencestreams.model.clustering.online;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.Arrays;

/** The time of a stream whose records may lie about theirs: the median of the last ones. */
final class EventClock {
  static final int WINDOW = 31;

  private final long maxAhead;
  private final long[] recent = new long[WINDOW];
  private long seen;
  private long now = Long.MIN_VALUE;

  EventClock(long maxAhead) {
    this.maxAhead = maxAhead;
  }

  /** Takes a record's time and returns the one to use for it, at most {@code maxAhead} ahead. */
  long accept(long time) {
    recent[(int) (seen++ % WINDOW)] = time;
    int size = (int) Math.min(seen, WINDOW);
    long[] sorted = Arrays.copyOf(recent, size);
    Arrays.sort(sorted);
    // The lower median: of two records, the one from the future does not decide.
    now = Math.max(now, sorted[(size - 1) / 2]);
    return Math.min(time, limit());
  }

  private long limit() {
    return now > Long.MAX_VALUE - maxAhead ? Long.MAX_VALUE : now + maxAhead;
  }

  /** The time now, {@link Long#MIN_VALUE} before the first record. */
  long now() {
    return now;
  }

  void write(DataOutput out) throws IOException {
    out.writeLong(seen);
    out.writeLong(now);
    for (long time : recent) {
      out.writeLong(time);
    }
  }

  void read(DataInput in) throws IOException {
    seen = in.readLong();
    now = in.readLong();
    for (int i = 0; i < WINDOW; i++) {
      recent[i] = in.readLong();
    }
  }
}
