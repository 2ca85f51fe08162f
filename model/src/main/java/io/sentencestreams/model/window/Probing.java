package io.sentencestreams.model.window;

/** Which cells may hold a vector at least so similar to a query. */
final class Probing {
  /**
   * Below this the cells and codes dismiss too little to be worth their while: every vector is
   * compared.
   */
  static final float LEAST_THRESHOLD = 0.6f;

  private static final double BASE = 0.09;
  private static final double SLOPE = 1.35;
  private static final double DEVIATIONS = 4.5;

  private Probing() {}

  /**
   * How much less similar to the query than the nearest centroid a centroid may be, as a cosine.
   *
   * <p>Where two vectors differ in a random direction, what the difference adds to the product with
   * a centroid has a standard deviation of its length over the root of the dimension. Texts that
   * mean nearly the same differ in directions that centroids lie in, by more: the first term was
   * measured on pairs of real titles, captions and news, for which it keeps 998 of a thousand.
   */
  static double margin(double threshold, int dimension) {
    double difference = Math.sqrt(Math.max(0, 1 - threshold * threshold));
    return Math.max(
        BASE + SLOPE * Math.max(0, 1 - threshold), DEVIATIONS * difference / Math.sqrt(dimension));
  }
}
