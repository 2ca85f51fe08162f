package io.sentencestreams.model.clustering.online;

import java.util.List;
import java.util.Map;

/**
 * The result of a macro step.
 *
 * @param time of the step
 * @param clusters by id
 * @param events in the order of their clusters
 * @param assignments for each micro-cluster that is in a cluster, the cluster's id
 * @param provisional for each other micro-cluster the id that its group would get as a cluster, if
 *     the next step found the same group: the one that most of its records have been told, or if
 *     none has been told any, that of its micro-cluster with the earliest record. {@link
 *     Placed#NOISE} if each id of the group has been a cluster's already
 * @param odds that a record and its neighbour are of one cluster
 */
public record MacroStep(
    long time,
    List<Cluster> clusters,
    List<ClusterEvent> events,
    Map<Long, Long> assignments,
    Map<Long, Long> provisional,
    NeighbourOdds odds) {
  /** Before any record. */
  public static final MacroStep NOTHING =
      new MacroStep(0, List.of(), List.of(), Map.of(), Map.of(), NeighbourOdds.UNKNOWN);
}
