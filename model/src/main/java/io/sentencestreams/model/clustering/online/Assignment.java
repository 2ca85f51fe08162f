package io.sentencestreams.model.clustering.online;

/**
 * Where a record went in its partition.
 *
 * @param microCluster its micro-cluster, an id that is never given twice
 * @param similarity cosine to that micro-cluster's centroid before the record joined; 1 if it
 *     begins one of its own
 * @param neighbour the nearest micro-cluster before the record came, if it is closer than that of
 *     unrelated records would be; 0 otherwise
 * @param noise whether the record is alone so far: no evidence of a group
 */
public record Assignment(long microCluster, float similarity, long neighbour, boolean noise) {}
