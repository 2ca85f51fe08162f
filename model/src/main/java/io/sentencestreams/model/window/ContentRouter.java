package io.sentencestreams.model.window;

import java.util.Arrays;

/**
 * Routes vectors to partitions by their content, so that near-duplicates meet: the same on every
 * instance, since it follows from its arguments alone.
 */
public final class ContentRouter {
  private final short[][] anchors;
  private final int partitions;
  private final float margin;

  /**
   * A router.
   *
   * @param anchors vectors of the same model
   * @param partitions that vectors are spread over
   * @param threshold least cosine similarity of vectors that must meet
   */
  public ContentRouter(float[][] anchors, int partitions, float threshold) {
    if (partitions < 1 || anchors.length < partitions) {
      throw new IllegalArgumentException(
          "%d anchors for %d partitions: each partition needs one"
              .formatted(anchors.length, partitions));
    }
    this.anchors = Arrays.stream(anchors).map(FixedPointVector::of).toArray(short[][]::new);
    this.partitions = partitions;
    this.margin = (float) (Math.sqrt(2 * Math.max(0, 1 - threshold)) * 2);
  }

  /** Home and probes of a vector. */
  public Route route(float[] vector) {
    return route(FixedPointVector.of(vector));
  }

  /** Home and probes of a vector in fixed point. */
  public Route route(short[] vector) {
    float[] best = new float[partitions];
    Arrays.fill(best, Float.NEGATIVE_INFINITY);
    int home = 0;
    for (int i = 0; i < anchors.length; i++) {
      float similarity = FixedPointVector.similarity(vector, anchors[i]);
      int partition = i % partitions;
      best[partition] = Math.max(best[partition], similarity);
      if (best[partition] > best[home]) {
        home = partition;
      }
    }
    int[] probes = new int[partitions];
    int count = 0;
    for (int partition = 0; partition < partitions; partition++) {
      if (partition != home && best[partition] >= best[home] - margin) {
        probes[count++] = partition;
      }
    }
    return new Route(home, Arrays.copyOf(probes, count));
  }
}
