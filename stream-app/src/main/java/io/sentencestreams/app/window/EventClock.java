package io.sentencestreams.app.window;

import java.io.IOException;
import java.util.Arrays;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.BinaryEncoder;

/**
 * How far event time has come in a partition. It is not the latest time seen, as one record whose
 * clock runs a year ahead would then expire the whole window, but the {@value #WITNESSES}th latest:
 * so many records must agree. It never goes back.
 */
final class EventClock {
  /** How many records must have come as far. */
  static final int WITNESSES = 8;

  /** Before as many records have come, nothing has expired. */
  static final long UNKNOWN = Long.MIN_VALUE;

  /** The latest times, ascending; those not known yet are {@link #UNKNOWN}. */
  private final long[] latest = new long[WITNESSES];

  EventClock() {
    Arrays.fill(latest, UNKNOWN);
  }

  /** Takes note of a record's time. */
  void observe(long time) {
    if (time <= latest[0]) {
      return;
    }
    int i = 0;
    while (i + 1 < WITNESSES && latest[i + 1] < time) {
      latest[i] = latest[i + 1];
      i++;
    }
    latest[i] = time;
  }

  /** Milliseconds since the epoch, or {@link #UNKNOWN}. */
  long now() {
    return latest[0];
  }

  void write(BinaryEncoder encoder) throws IOException {
    for (long time : latest) {
      encoder.writeLong(time);
    }
  }

  static EventClock read(BinaryDecoder decoder) throws IOException {
    EventClock clock = new EventClock();
    for (int i = 0; i < WITNESSES; i++) {
      clock.latest[i] = decoder.readLong();
    }
    return clock;
  }
}
