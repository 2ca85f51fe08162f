package io.sentencestreams.app.window;

/** What a partition of the window remembers besides its entries. */
final class WindowState {
  private final EventClock clock;
  private long counter;
  private long entries;

  WindowState() {
    this(new EventClock(), 0, 0);
  }

  private WindowState(EventClock clock, long counter, long entries) {
    this.clock = clock;
    this.counter = counter;
    this.entries = entries;
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
          clock.write(encoder);
          encoder.writeLong(counter);
          encoder.writeLong(entries);
        });
  }

  static WindowState decode(byte[] bytes) {
    return WindowCodec.decode(
        "The clock of the window",
        bytes,
        decoder ->
            new WindowState(EventClock.read(decoder), decoder.readLong(), decoder.readLong()));
  }
}
