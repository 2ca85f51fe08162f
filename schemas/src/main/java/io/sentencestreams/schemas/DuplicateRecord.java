package io.sentencestreams.schemas;

import java.util.Objects;

/**
 * Two texts of a window whose embeddings are near-duplicates.
 *
 * @param a the earlier one by event time, and by coordinates where the times are equal
 * @param b the later one
 * @param similarity cosine similarity of their embeddings
 * @param modelVersion version of the model that made both
 * @param group names the group of all texts that a chain of pairs connects
 * @param mergedGroup a group that this pair joined to the other, or null
 */
public record DuplicateRecord(
    Text a, Text b, float similarity, String modelVersion, String group, String mergedGroup) {
  public DuplicateRecord {
    Objects.requireNonNull(a, "a");
    Objects.requireNonNull(b, "b");
    Objects.requireNonNull(modelVersion, "modelVersion");
    Objects.requireNonNull(group, "group");
  }

  /**
   * One of the two texts.
   *
   * @param id as in its embedding
   * @param topic it was read from
   * @param partition of that topic
   * @param offset in that partition
   * @param eventTimeMillis timestamp of its record, milliseconds since the epoch
   */
  public record Text(String id, String topic, int partition, long offset, long eventTimeMillis) {
    public Text {
      Objects.requireNonNull(id, "id");
      Objects.requireNonNull(topic, "topic");
    }
  }
}
