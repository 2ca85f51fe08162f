package io.sentencestreams.model.clustering.online;

/**
 * A micro-cluster near a record.
 *
 * @param microCluster its id
 * @param similarity cosine of the record to its centroid
 */
public record Neighbour(long microCluster, float similarity) {}
