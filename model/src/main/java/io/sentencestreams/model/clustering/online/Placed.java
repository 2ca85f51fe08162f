package io.sentencestreams.model.clustering.online;

/**
 * The cluster of a record.
 *
 * @param cluster its id, or {@link #NOISE}
 * @param similarity mean cosine to the cluster's records (to the nearest cluster's if it is noise,
 *     0 if there is none yet)
 */
public record Placed(long cluster, float similarity) {
  /** Not a cluster: nothing is known yet that the record belongs to. Never the id of one. */
  public static final long NOISE = 0;

  /** Whether no cluster is known for the record. */
  public boolean isNoise() {
    return cluster == NOISE;
  }
}
