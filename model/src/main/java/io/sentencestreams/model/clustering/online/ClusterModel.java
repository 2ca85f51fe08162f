package io.sentencestreams.model.clustering.online;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The clusters of a macro step, ready to place records. Immutable and safe for use by any number of
 * threads.
 */
public final class ClusterModel {
  private final MacroStep step;
  private final int dimension;
  private final VectorTable means;
  private final Map<Long, Integer> rows = new HashMap<>();

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
   * Places a record by a vote of its neighbours, weighted by their similarity, each for the cluster
   * that it is in or that its group would become. Those that the macro step has not seen yet vote
   * together, for the oldest of them. Without neighbours it goes to the cluster that it fits best
   * by the measure of the macro step, of those to whose records it is more similar on average than
   * the step's resolution, or else it is noise.
   *
   * @param vector of the record; scaled to length one here
   * @param neighbours micro-clusters near it, nearest first
   * @throws IllegalArgumentException if the vector is of another dimension, zero or not finite
   */
  public Placed place(float[] vector, List<Neighbour> neighbours) {
    float[] unit = new float[dimension];
    Vectors.unit(vector, dimension, unit);
    if (neighbours.isEmpty()) {
      return fitting(unit);
    }
    long oldest =
        neighbours.stream()
            .mapToLong(Neighbour::microCluster)
            .filter(id -> !isKnown(id))
            .min()
            .orElse(0);
    Map<Long, Double> votes = new TreeMap<>();
    for (Neighbour neighbour : neighbours) {
      votes.merge(candidate(neighbour, oldest), (double) neighbour.similarity(), Double::sum);
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
      float[] similarities = means.dots(unit, rows.size(), new float[0]);
      return new Placed(elected, similarities[row], false);
    }
    for (Neighbour neighbour : neighbours) {
      if (candidate(neighbour, oldest) == elected) {
        return new Placed(elected, neighbour.similarity(), elected != Placed.NOISE);
      }
    }
    throw new IllegalStateException("nobody voted for " + elected);
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

  private Placed fitting(float[] unit) {
    List<Cluster> clusters = step.clusters();
    float[] similarities = means.dots(unit, clusters.size(), new float[0]);
    int best = -1;
    double bestGain = 0;
    float nearest = clusters.isEmpty() ? 0 : similarities[0];
    for (int i = 0; i < clusters.size(); i++) {
      nearest = Math.max(nearest, similarities[i]);
      double gain = clusters.get(i).weight() * (similarities[i] - step.resolution());
      if (gain > bestGain) {
        best = i;
        bestGain = gain;
      }
    }
    return best < 0
        ? new Placed(Placed.NOISE, nearest, false)
        : new Placed(clusters.get(best).id(), similarities[best], false);
  }
}
