package io.sentencestreams.app.topology;

/**
 * What the validation hands on: a record that can be encoded, or a tombstone.
 *
 * @param value the value as it was read; null for a tombstone
 * @param text the text in it; null for a tombstone
 * @param id what the embedding is called; null for a tombstone
 */
public record TextRecord(byte[] value, String text, String id) {
  static final TextRecord TOMBSTONE = new TextRecord(null, null, null);

  boolean isTombstone() {
    return value == null;
  }
}
