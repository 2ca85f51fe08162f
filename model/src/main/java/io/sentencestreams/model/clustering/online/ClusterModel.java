package io.sentencestreams.model.clustering.online;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
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
    this.newest =
        Stream.concat(step.assignments().keySet().stream(), step.provisional().keySet().stream())
            .mapToLong(Long::longValue)
            .max()
            .orElse(0);
  }

  /**
   * Places a record that its partition took in: as {@link #place(float[], List)} does by its
   * neighbours; alone, it is noise.
   *
   * @param vector of the record; scaled to length one here
   * @throws IllegalArgumentException if the vector is of another dimension, zero or not finite
   */
  public Placed place(float[] vector, Assignment assignment) {
    return place(vector, assignment.neighbours());
  }

  /**
   * Places a record by a vote of its neighbours, each as strong as the tie that the macro step
   * would make (see {@link NeighbourOdds}), for the cluster that it is in or that its group would
   * become. Those that the macro step has not seen yet vote together, for the oldest of them. Where
   * no neighbour counts it goes to the cluster to whose records it is the most similar on average,
   * if that is more than a neighbour needs for even odds, or else it is noise.
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
            .filter(neighbour -> step.odds().weight(neighbour.similarity()) > 0)
            .toList();
    long oldest =
        counting.stream()
            .mapToLong(Neighbour::microCluster)
            .filter(id -> !isKnown(id))
            .min()
            .orElse(0);
    Map<Long, Double> votes = new TreeMap<>();
    for (Neighbour neighbour : counting) {
      votes.merge(
          candidate(neighbour, oldest), step.odds().weight(neighbour.similarity()), Double::sum);
    }
    long elected = Placed.NOISE;
    double most = Double.NEGATIVE_INFINITY;
    for (Map.Entry<Long, Double> vote : votes.entrySet()) {
      if (vote.getValue() > most) {
        elected = vote.getKey();
        most = vote.getValue();
      }
    }
    Integer row = rows.get(elected);
    if (row != null) {
      return new Placed(elected, similarities[row], false);
    }
    for (Neighbour neighbour : counting) {
      if (candidate(neighbour, oldest) == elected) {
        return new Placed(elected, neighbour.similarity(), elected != Placed.NOISE);
      }
    }
    int best = -1;
    for (int i = 0; i < rows.size(); i++) {
      best = best < 0 || similarities[i] > similarities[best] ? i : best;
    }
    float nearest = best < 0 ? 0 : similarities[best];
    if (best >= 0 && nearest > Math.max(0, step.odds().even())) {
      return new Placed(step.clusters().get(best).id(), nearest, false);
    }
    return new Placed(Placed.NOISE, nearest, false);
  }

  /** The latest micro-cluster that the macro step has seen, 0 before the first. */
  public long newest() {
    return newest;
  }

  private boolean isKnown(long microCluster) {
    return step.assignments().containsKey(microCluster)
        || step.provisional().containsKey(microCluster);
  }

  private long candidate(Neighbour neighbour, long unknown) {
    long id = neighbour.microCluster();
    Long cluster = step.assignments().get(id);
    return cluster != null ? cluster : step.provisional().getOrDefault(id, unknown);
  }
}
