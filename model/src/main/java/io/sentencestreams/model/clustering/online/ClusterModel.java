package io.sentencestreams.model.clustering.online;

import java.util.List;

/**
 * The clusters of a macro step, ready to place records. Immutable; safe for use by any number of
 * threads, one {@link #place} a record.
 */
public final class ClusterModel {
  private final MacroStep step;
  private final int dimension;
  private final VectorTable means;
  private final double[] lengths;

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
    this.lengths = new double[step.clusters().size()];
    for (int i = 0; i < lengths.length; i++) {
      float[] centroid = step.clusters().get(i).centroid();
      if (centroid.length != dimension) {
        throw new IllegalArgumentException(
            "cluster %d has %d dimensions, not %d"
                .formatted(step.clusters().get(i).id(), centroid.length, dimension));
      }
      means.set(i, centroid);
      lengths[i] = Math.sqrt(Vectors.squares(centroid));
    }
  }

  /**
   * Places a record: in the cluster of its micro-cluster, or else in the one whose centroid it is
   * most similar to, among those to whose records it is more similar, on average, than the step's
   * resolution. Without such a cluster it is noise.
   *
   * @param vector of the record; scaled to length one here
   * @param microCluster that it went into
   * @throws IllegalArgumentException if the vector is of another dimension, zero or not finite
   */
  public Placed place(float[] vector, long microCluster) {
    float[] unit = new float[dimension];
    Vectors.unit(vector, dimension, unit);
    List<Cluster> clusters = step.clusters();
    float[] dots = means.dots(unit, clusters.size(), new float[0]);
    Long known = step.assignments().get(microCluster);
    int best = -1;
    int nearest = -1;
    for (int i = 0; i < clusters.size(); i++) {
      if (known != null && clusters.get(i).id() == known) {
        return new Placed(known, dots[i]);
      }
      if (nearest < 0 || dots[i] / lengths[i] > dots[nearest] / lengths[nearest]) {
        nearest = i;
      }
      if (dots[i] > step.resolution()
          && (best < 0 || dots[i] / lengths[i] > dots[best] / lengths[best])) {
        best = i;
      }
    }
    if (best >= 0) {
      return new Placed(clusters.get(best).id(), dots[best]);
    }
    return new Placed(Placed.NOISE, nearest < 0 ? 0 : dots[nearest]);
  }
}
