package io.sentencestreams.model.clustering.online;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

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
   * Places a record: in the cluster of its neighbour, or else in the one that it fits best by the
   * measure of the macro step, of those to whose records it is more similar on average than the
   * step's resolution. Without such a cluster it is noise.
   *
   * @param vector of the record; scaled to length one here
   * @param neighbour the micro-cluster near it, see {@link Assignment#neighbour}; 0 if unknown
   * @throws IllegalArgumentException if the vector is of another dimension, zero or not finite
   */
  public Placed place(float[] vector, long neighbour) {
    float[] unit = new float[dimension];
    Vectors.unit(vector, dimension, unit);
    List<Cluster> clusters = step.clusters();
    float[] similarities = means.dots(unit, clusters.size(), new float[0]);
    Long known = step.assignments().get(neighbour);
    if (known != null) {
      return new Placed(known, similarities[rows.get(known)]);
    }
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
        ? new Placed(Placed.NOISE, nearest)
        : new Placed(clusters.get(best).id(), similarities[best]);
  }
}
