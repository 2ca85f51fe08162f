package io.sentencestreams.app.window;

/** What a partition of the window counts. */
final class WindowState {
  private long counter;
  private long entries;

  WindowState() {
    this(0, 0);
  }

  private WindowState(long counter, long entries) {
    this.counter = counter;
    this.entries = entries;
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
          encoder.writeLong(counter);
          encoder.writeLong(entries);
        });
  }

  static WindowState decode(byte[] bytes) {
    return WindowCodec.decode(
        "The state of the window",
        bytes,
        decoder -> new WindowState(decoder.readLong(), decoder.readLong()));
  }
}
