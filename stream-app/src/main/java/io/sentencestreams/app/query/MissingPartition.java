package io.sentencestreams.app.query;

/**
 * A partition that did not answer.
 *
 * @param store whose partition it is
 * @param partition its number
 * @param host the instance that was asked, as host and port; null where none is known
 * @param reason for a person
 */
public record MissingPartition(String store, int partition, String host, String reason) {
  /** For a message. */
  String describe() {
    return "%s-%d%s: %s".formatted(store, partition, host == null ? "" : " at " + host, reason);
  }
}
