package io.sentencestreams.app.window;

import io.sentencestreams.model.window.EventClock;
import java.io.IOException;
import org.apache.avro.io.BinaryDecoder;

/** What a partition of the window remembers besides its entries. */
final class WindowState {
  private final EventClock clock;
  private long counter;
  private long entries;

  WindowState() {
    this(newClock(), 0, 0);
  }

  private WindowState(EventClock clock, long counter, long entries) {
    this.clock = clock;
    this.counter = counter;
    this.entries = entries;
  }

  /** One that a single record does not set, not even the first. */
  private static EventClock newClock() {
    return new EventClock(EventClock.MAJORITY);
  }

  private static EventClock readClock(BinaryDecoder decoder) throws IOException {
    EventClock clock = newClock();
    long[] state = clock.state();
    for (int i = 0; i < state.length; i++) {
      state[i] = decoder.readLong();
    }
    clock.restore(state);
    return clock;
  }

  EventClock clock() {
    return clock;
  }

  /** Entries in the window. */
  long entries() {
    return entries;
  }

  long nextHandle(long time) {
    entries++;
    return Handles.of(time, counter++);
  }

  void removed() {
    entries--;
  }

  byte[] encode() {
    return WindowCodec.encode(
        0,
        encoder -> {
          for (long value : clock.state()) {
            encoder.writeLong(value);
          }
          encoder.writeLong(counter);
          encoder.writeLong(entries);
        });
  }

  static WindowState decode(byte[] bytes) {
    return WindowCodec.decode(
        "The clock of the window",
        bytes,
        decoder -> new WindowState(readClock(decoder), decoder.readLong(), decoder.readLong()));
  }
}
