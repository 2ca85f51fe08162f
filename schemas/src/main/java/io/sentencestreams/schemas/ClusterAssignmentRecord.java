package io.sentencestreams.schemas;

import java.util.Objects;

/**
 * The cluster of one text when it came.
 *
 * @param id as in its embedding
 * @param topic it was read from
 * @param partition of that topic
 * @param offset in that partition
 * @param eventTimeMillis timestamp of its record, milliseconds since the epoch
 * @param cluster its cluster's id; null for noise: no cluster was known for it when it came
 * @param provisional whether the topic of clusters does not have this cluster yet: there is not
 *     enough evidence for it, or its first texts came a moment ago. It keeps the id if it becomes a
 *     cluster of its own.
 * @param similarity mean cosine to the texts of its cluster, of a provisional one to those nearest,
 *     of noise to those of the nearest cluster; 0 where there is none yet
 * @param modelVersion version of the model that made the embedding
 * @param microCluster the group of near texts of its partition that it went to; null for an
 *     embedding that cannot be compared, such as one of length zero
 */
public record ClusterAssignmentRecord(
    String id,
    String topic,
    int partition,
    long offset,
    long eventTimeMillis,
    String cluster,
    boolean provisional,
    float similarity,
    String modelVersion,
    Long microCluster) {
  public ClusterAssignmentRecord {
    Objects.requireNonNull(id, "id");
    Objects.requireNonNull(topic, "topic");
    Objects.requireNonNull(modelVersion, "modelVersion");
  }
}
