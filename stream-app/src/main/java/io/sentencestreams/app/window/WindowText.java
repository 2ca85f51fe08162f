package io.sentencestreams.app.window;

/**
 * A text in the window.
 *
 * @param id as in its embedding; several texts may have it
 * @param source the record it was read from, which tells it from all others
 * @param eventTime milliseconds since the epoch
 * @param modelVersion version of the model that embedded it
 * @param text its words, of which the window keeps the first 32,768 characters
 */
public record WindowText(
    String id, Source source, long eventTime, String modelVersion, String text) {
  /** Where a text was read. */
  public record Source(String topic, int partition, long offset) {
    /** Topic, partition and offset in one, as groups are named. */
    public String name() {
      return topic + "-" + partition + "-" + offset;
    }
  }

  static WindowText of(WindowEntry entry) {
    WindowItem item = entry.item();
    return new WindowText(
        item.id(),
        new Source(item.topic(), item.partition(), item.offset()),
        item.time(),
        item.modelVersion(),
        entry.text());
  }
}
