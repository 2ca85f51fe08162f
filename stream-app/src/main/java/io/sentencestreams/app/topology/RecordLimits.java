package io.sentencestreams.app.topology;

/**
 * The most bytes that a record may take on each topic, by the lower of the producer's and the
 * topic's own bound: what is larger is caught before it is stored or forwarded, because a producer
 * that refuses a record would take the stream thread down with it.
 *
 * @param inFlightBytes on the changelog of what is in flight
 * @param outputBytes on the topic of embeddings
 * @param deadLetterBytes on the dead-letter topic
 * @param windowBytes on each of the topics of the window, its changelogs among them
 */
public record RecordLimits(
    long inFlightBytes, long outputBytes, long deadLetterBytes, long windowBytes) {
  /** The same bound everywhere. */
  public static RecordLimits of(long bytes) {
    return new RecordLimits(bytes, bytes, bytes, bytes);
  }
}
