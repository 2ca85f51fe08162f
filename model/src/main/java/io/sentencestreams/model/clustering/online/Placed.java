package io.sentencestreams.model.clustering.online;

/**
 * The cluster of a record.
 *
 * @param cluster its id, or {@link #NOISE}
 * @param similarity mean cosine to the cluster's records; to its nearest micro-cluster if the
 *     cluster is provisional, which is its own if it is the first; to the nearest cluster's if it
 *     is noise, 0 if there is none yet
 * @param provisional whether the cluster has not been published: there is not enough evidence for
 *     it yet, or no macro step has come since its first records. If it is published as a cluster of
 *     its own it has this id then, unless most of its records, such as those of another partition,
 *     have been told another.
 */
public record Placed(long cluster, float similarity, boolean provisional) {
  /** Not a cluster: nothing is known yet that the record belongs to. Never the id of one. */
  public static final long NOISE = 0;

  /** Whether no cluster is known for the record. */
  public boolean isNoise() {
    return cluster == NOISE;
  }
}
