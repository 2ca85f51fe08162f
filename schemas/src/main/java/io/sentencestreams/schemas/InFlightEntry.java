package io.sentencestreams.schemas;

import java.util.Arrays;
import java.util.Objects;
import org.apache.kafka.common.header.Headers;

/**
 * A record that waits for its batch, with everything needed to process it again after a crash.
 *
 * @param sequence order of arrival in the task
 * @param topic topic the record was read from
 * @param partition partition of that topic
 * @param offset offset in that partition
 * @param timestamp milliseconds since the epoch, -1 when the record had none
 * @param key key as it was read, or null
 * @param value value as it was read; null for a tombstone
 * @param headers headers in their order, duplicates included
 */
public record InFlightEntry(
    long sequence,
    String topic,
    int partition,
    long offset,
    long timestamp,
    byte[] key,
    byte[] value,
    Headers headers) {

  /** Checks that the topic and the headers (empty if there are none) are there. */
  public InFlightEntry {
    Objects.requireNonNull(topic, "topic");
    Objects.requireNonNull(headers, "headers");
  }

  /** Whether the record deletes its key, so that it holds no text. */
  public boolean isTombstone() {
    return value == null;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof InFlightEntry that
        && sequence == that.sequence
        && topic.equals(that.topic)
        && partition == that.partition
        && offset == that.offset
        && timestamp == that.timestamp
        && Arrays.equals(key, that.key)
        && Arrays.equals(value, that.value)
        && headers.equals(that.headers);
  }

  @Override
  public int hashCode() {
    return Objects.hash(sequence, topic, partition, offset, timestamp);
  }

  /** Names the record without its contents, which may be confidential. */
  @Override
  public String toString() {
    return "InFlightEntry[sequence=%d, source=%s-%d@%d]"
        .formatted(sequence, topic, partition, offset);
  }
}
