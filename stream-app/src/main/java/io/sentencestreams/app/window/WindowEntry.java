package io.sentencestreams.app.window;

/**
 * What the window keeps of a text on disk.
 *
 * @param item without its vector
 * @param text its words
 * @param probes whether probes of it went to other partitions
 * @param repeat whether a near-duplicate was known to be before it when it came
 * @param copied tells that a copy with the vector of a newer model was sent, and when, or empty
 */
record WindowEntry(WindowItem item, String text, boolean probes, boolean repeat, String copied) {
  WindowEntry(WindowItem item, String text, boolean probes, boolean repeat) {
    this(item, text, probes, repeat, "");
  }

  WindowEntry copied(String mark) {
    return new WindowEntry(item, text, probes, repeat, mark);
  }

  byte[] encode() {
    return WindowCodec.encode(
        3 * text.length(),
        encoder -> {
          WindowCodec.writeItem(item, encoder);
          encoder.writeString(text);
          encoder.writeBoolean(probes);
          encoder.writeBoolean(repeat);
          encoder.writeString(copied);
        });
  }

  static WindowEntry decode(byte[] bytes) {
    return WindowCodec.decode(
        "An entry of the window",
        bytes,
        decoder ->
            new WindowEntry(
                WindowCodec.readItem(decoder),
                decoder.readString(),
                decoder.readBoolean(),
                decoder.readBoolean(),
                decoder.readString()));
  }
}
