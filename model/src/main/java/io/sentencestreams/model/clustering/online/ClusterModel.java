package io.sentencestreams.model.clustering.online;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * The clusters of a macro step, ready to place records. Immutable and safe for use by any number of
 * threads.
 */
public final class ClusterModel {
  private final MacroStep step;
  private final int dimension;
  private final VectorTable means;
  private final Map<Long, Integer> rows = new HashMap<>();
  private final Set<Long> provisional;
  private final long newest;

  /**
   * From a macro step.
   *
   * @param dimension of the vectors
   * @throws IllegalArgumentException if a cluster's centroid is of another dimension
   */
  public ClusterModel(MacroStep step, int dimension) {
    this.step = step;
    this.dimension = dimension;
    this.means = new VectorTable(dimension);
    for (Cluster cluster : step.clusters()) {
      if (cluster.centroid().length != dimension) {
        throw new IllegalArgumentException(
            "cluster %d has %d dimensions, not %d"
                .formatted(cluster.id(), cluster.centroid().length, dimension));
      }
      means.set(rows.size(), cluster.centroid());
      rows.put(cluster.id(), rows.size());
    }
    Set<Long> names = new HashSet<>(step.provisional().values());
    names.remove(Placed.NOISE); // of groups that have no name left
    this.provisional = Set.copyOf(names);
    this.newest =
        Stream.concat(step.assignments().keySet().stream(), step.provisional().keySet().stream())
            .mapToLong(Long::longValue)
            .max()
            .orElse(0);
  }

  /**
   * Places a record that its partition took in: as {@link #place(float[], List)} does by its
   * neighbours. Where that is noise, but some are related, it may be the first of a cluster, and is
   * told the id that this would have; with nothing related to it, it is noise.
   *
   * @param vector of the record; scaled to length one here
   * @throws IllegalArgumentException if the vector is of another dimension, zero or not finite
   */
  public Placed place(float[] vector, Assignment assignment) {
    Placed placed = place(vector, assignment.neighbours());
    boolean isFirst = assignment.begins() && !assignment.neighbours().isEmpty();
    return placed.isNoise() && isFirst
        ? new Placed(assignment.microCluster(), assignment.similarity(), true)
        : placed;
  }

  /**
   * Places a record by a vote of its neighbours, each by its {@link NeighbourOdds#evidence}, for
   * the cluster that it is in or that its group would become. One that the macro step has not seen
   * yet votes for what was said of it, and if that was nothing, or is no more, for one that it
   * begins. Where no neighbour counts it goes to the cluster to whose records it is the most
   * similar on average, if that is more than a neighbour needs, or else it is noise.
   *
   * @param vector of the record; scaled to length one here
   * @param neighbours micro-clusters near it, nearest first
   * @throws IllegalArgumentException if the vector is of another dimension, zero or not finite
   */
  public Placed place(float[] vector, List<Neighbour> neighbours) {
    float[] unit = new float[dimension];
    Vectors.unit(vector, dimension, unit);
    float[] similarities = means.dots(unit, rows.size(), new float[0]);
    double least = neighbours.isEmpty() ? 0 : step.odds().least(neighbours.get(0).similarity());
    List<Neighbour> counting =
        neighbours.stream()
            .filter(neighbour -> neighbour.similarity() > least)
            .filter(neighbour -> step.odds().evidence(neighbour.similarity()) > 0)
            .toList();
    Map<Long, Double> votes = new TreeMap<>();
    for (Neighbour neighbour : counting) {
      votes.merge(candidate(neighbour), step.odds().evidence(neighbour.similarity()), Double::sum);
    }
    long elected = Placed.NOISE;
    double most = Double.NEGATIVE_INFINITY;
    for (Map.Entry<Long, Double> vote : votes.entrySet()) {
      boolean isNamed = vote.getKey() != Placed.NOISE;
      if (isNamed && vote.getValue() > most) {
        elected = vote.getKey();
        most = vote.getValue();
      }
    }
    Integer row = rows.get(elected);
    if (row != null) {
      return new Placed(elected, similarities[row], false);
    }
    for (Neighbour neighbour : counting) {
      if (candidate(neighbour) == elected) {
        return new Placed(elected, neighbour.similarity(), elected != Placed.NOISE);
      }
    }
    int best = -1;
    for (int i = 0; i < rows.size(); i++) {
      best = best < 0 || similarities[i] > similarities[best] ? i : best;
    }
    float nearest = best < 0 ? 0 : similarities[best];
    if (best >= 0 && nearest > Math.max(0, step.odds().needed())) {
      return new Placed(step.clusters().get(best).id(), nearest, false);
    }
    return new Placed(Placed.NOISE, nearest, false);
  }

  /** The latest micro-cluster that the macro step has seen, 0 before the first. */
  public long newest() {
    return newest;
  }

  private long candidate(Neighbour neighbour) {
    long id = neighbour.microCluster();
    Long now = now(id);
    if (now != null) {
      return now;
    }
    long placed = neighbour.placed();
    boolean isNew = placed > newest && MicroClusters.areOfOnePartition(placed, id);
    if (isNew || rows.containsKey(placed) || provisional.contains(placed)) {
      return placed;
    }
    // What had no cluster then has the name of its first micro-cluster, which may be in one now.
    Long since = placed == Placed.NOISE ? null : now(placed);
    return since != null && since != Placed.NOISE ? since : id;
  }

  /** The cluster of a micro-cluster, or what its group would become; null if it is not known. */
  private Long now(long microCluster) {
    Long cluster = step.assignments().get(microCluster);
    return cluster != null ? cluster : step.provisional().get(microCluster);
  }
}
