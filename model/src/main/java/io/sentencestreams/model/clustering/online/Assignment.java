package io.sentencestreams.model.clustering.online;

import java.util.List;

/**
 * Where a record went in its partition.
 *
 * @param microCluster its micro-cluster, an id that is never given twice
 * @param similarity cosine to that micro-cluster's centroid before the record joined; 1 if it
 *     begins one of its own
 * @param neighbours the nearest micro-clusters before the record came, nearest first: at most
 *     {@value MicroClusters#NEIGHBOURS}, and only those closer than that of unrelated records would
 *     be
 * @param begins whether the record begins a micro-cluster
 */
public record Assignment(
    long microCluster, float similarity, List<Neighbour> neighbours, boolean begins) {
  /** Checks nothing; the list is copied. */
  public Assignment {
    neighbours = List.copyOf(neighbours);
  }
}
