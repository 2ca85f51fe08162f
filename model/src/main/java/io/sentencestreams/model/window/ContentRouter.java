package io.sentencestreams.model.window;

import java.util.Arrays;

/**
 * Routes vectors to partitions by their content, so that near-duplicates meet: the same on every
 * instance, since a route follows from the router's arguments and the vector alone.
 *
 * <p>Anchors are grouped by similarity, as many in each group as in any other, a group for each
 * partition. A vector's home is the group of its nearest anchor; its probes are the groups that
 * have an anchor nearly as similar to it. If every vector is kept at home and searched for at home
 * and at its probes, the later of two vectors finds the earlier: of the pairs of real texts at or
 * above the threshold, the home of the earlier is the home or a probe of the later for at least 998
 * of a thousand.
 */
public final class ContentRouter {
  private static final double BASE = 0.02;
  private static final double SLOPE = 0.88;
  private static final double DEVIATIONS = 3.2;

  private final short[][] anchors;
  private final int[] partitionOf;
  private final int partitions;
  private final int dimension;
  private final float margin;

  /**
   * A router.
   *
   * @param anchors vectors of the model that vectors are routed of, from all over what its texts
   *     may mean; some 256 are enough for tens of partitions. They need not have length one
   * @param partitions that vectors are spread over
   * @param threshold least cosine of vectors that must meet
   * @throws IllegalArgumentException if there are fewer anchors than partitions, or they are of
   *     several dimensions, or one is zero or not finite, or the threshold is no cosine
   */
  public ContentRouter(float[][] anchors, int partitions, float threshold) {
    if (partitions < 1 || anchors.length < partitions) {
      throw new IllegalArgumentException(
          "%d anchors for %d partitions: each partition needs one"
              .formatted(anchors.length, partitions));
    }
    if (!(threshold >= -1 && threshold <= 1)) {
      throw new IllegalArgumentException(
          "threshold must be a cosine from -1 to 1, not " + threshold);
    }
    this.dimension = anchors[0].length;
    for (int i = 0; i < anchors.length; i++) {
      if (anchors[i].length != dimension) {
        throw new IllegalArgumentException(
            "anchor %d has %d dimensions, not %d".formatted(i, anchors[i].length, dimension));
      }
    }
    this.anchors = Arrays.stream(anchors).map(FixedPointVector::of).toArray(short[][]::new);
    this.partitionOf = AnchorGroups.of(this.anchors, partitions);
    this.partitions = partitions;
    this.margin = (float) margin(threshold, dimension);
  }

  /**
   * How much less similar than the nearest anchor the best anchor of a probe may be. Measured on
   * pairs of real titles, captions and news; the second term is for differences in random
   * directions, which matter where there are few dimensions.
   */
  private static double margin(double threshold, int dimension) {
    double difference = Math.max(0, 1 - threshold);
    return Math.max(
        BASE + SLOPE * difference,
        DEVIATIONS * Math.sqrt(Math.max(0, 1 - threshold * threshold)) / Math.sqrt(dimension));
  }

  /**
   * Home and probes of a vector.
   *
   * @throws IllegalArgumentException if it is zero, not finite or of another dimension
   */
  public Route route(float[] vector) {
    return route(FixedPointVector.of(vector));
  }

  /**
   * Home and probes of a vector of length one.
   *
   * @throws IllegalArgumentException if its dimension is not the anchors'
   */
  public Route route(short[] vector) {
    if (vector.length != dimension) {
      throw new IllegalArgumentException(
          "a vector of %d dimensions among anchors of %d".formatted(vector.length, dimension));
    }
    DotProducts products = new DotProducts(dimension);
    int[] best = new int[partitions];
    Arrays.fill(best, Integer.MIN_VALUE);
    int home = partitionOf[0];
    for (int i = 0; i < anchors.length; i++) {
      int partition = partitionOf[i];
      best[partition] = Math.max(best[partition], products.dot(vector, anchors[i], 0));
      if (best[partition] > best[home]) {
        home = partition;
      }
    }
    int[] probes = new int[partitions];
    int count = 0;
    for (int partition = 0; partition < partitions; partition++) {
      float shortfall = ((long) best[home] - best[partition]) * FixedPointVector.UNIT;
      if (partition != home && shortfall <= margin) {
        probes[count++] = partition;
      }
    }
    return new Route(home, Arrays.copyOf(probes, count));
  }
}
