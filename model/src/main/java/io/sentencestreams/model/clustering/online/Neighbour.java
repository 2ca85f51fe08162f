package io.sentencestreams.model.clustering.online;

/**
 * A micro-cluster near a record.
 *
 * @param microCluster its id
 * @param similarity cosine of the record to its centroid
 * @param placed the cluster that was said of its first record when it came, {@link Placed#NOISE} if
 *     none: what counts while no macro step has seen it
 */
public record Neighbour(long microCluster, float similarity, long placed) {}
