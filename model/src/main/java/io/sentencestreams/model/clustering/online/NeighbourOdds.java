package io.sentencestreams.model.clustering.online;

/**
 * How likely a record and one of its nearest neighbours are of one cluster, given their similarity:
 * a logistic curve, learned from the clusters there are (Platt 1999). What counts as near differs
 * from model to model and from stream to stream, so this is learned, and goes on from step to step.
 *
 * @param slope of the curve, in log-odds per unit of similarity; NaN before anything was learned
 * @param even similarity at which the odds are even
 * @param unrelated mean similarity of any two records
 * @param usual median of the similarity of a record's nearest neighbour
 */
public record NeighbourOdds(double slope, double even, double unrelated, double usual) {
  /** Before anything was learned: the similarity itself is the weight. */
  public static final NeighbourOdds UNKNOWN = new NeighbourOdds(Double.NaN, 0, 0, 0);

  private static final int BINS = 100;
  private static final int ITERATIONS = 10;
  private static final double LEAST_SLOPE = 1; // a curve that falls would mean nothing
  private static final double STEEPEST = 100; // beyond it bins do not tell
  private static final double RATE = 0.2; // of a step's clusters in what is known
  private static final double CLOSE = 0.5;

  /** Neighbours' similarities, and whether they were of one cluster. */
  static final class Sample {
    private final double[] all = new double[BINS];
    private final double[] together = new double[BINS];
    private double count;

    void add(double similarity, boolean isTogether) {
      int bin = Math.max(0, Math.min(BINS - 1, (int) (similarity * BINS)));
      all[bin]++;
      together[bin] += isTogether ? 1 : 0;
      count++;
    }
  }

  /** Weight of the tie to a neighbour: the probability, 0 below even odds. */
  public double weight(double similarity) {
    if (Double.isNaN(slope)) {
      return Math.max(0, similarity);
    }
    return similarity > even ? 1 / (1 + Math.exp(-slope * (similarity - even))) : 0;
  }

  /**
   * The similarity below which a neighbour says nothing of a record that is in no cluster yet: less
   * than half of what a usual nearest neighbour has beyond unrelated records. Communities are made
   * of ties, so what is learned from them does not tell that the first records of a new one had
   * been tied to others.
   */
  public double newcomer() {
    return Double.isNaN(slope) ? 0 : least(usual);
  }

  /** The similarity that a record which is in no cluster yet needs at least to join one. */
  public double needed() {
    return Math.max(even, newcomer());
  }

  /**
   * What a neighbour says for a record's being of its cluster: by how much its log-odds exceed what
   * is {@link #needed}, 0 below that. Those of independent neighbours add up.
   */
  public double evidence(double similarity) {
    if (Double.isNaN(slope)) {
      return Math.max(0, similarity);
    }
    return Math.max(0, slope * (similarity - needed()));
  }

  /**
   * The similarity below which a record's neighbours say nothing of it: they have less than half of
   * what its nearest has beyond unrelated records.
   */
  public double least(double nearest) {
    return unrelated + CLOSE * (nearest - unrelated);
  }

  /**
   * Learns from a partition.
   *
   * @param nearest median of the similarity of a record's nearest neighbour: the most for that of
   *     even odds
   * @param mean similarity of any two records
   */
  NeighbourOdds learn(Sample sample, double nearest, double mean) {
    if (sample.count == 0) {
      return new NeighbourOdds(slope, even, mean, nearest);
    }
    boolean first = Double.isNaN(slope);
    double b = first ? 10 : slope;
    double a = -b * (first ? 0.3 : even);
    for (int i = 0; i < ITERATIONS; i++) { // Newton's method
      double gradientA = 0;
      double gradientB = 0;
      double aa = 1e-6 * sample.count;
      double ab = 0;
      double bb = 1e-6 * sample.count;
      for (int bin = 0; bin < BINS; bin++) {
        double x = (bin + 0.5) / BINS;
        double p = 1 / (1 + Math.exp(-clamp(a + b * x, 30)));
        double error = sample.together[bin] - sample.all[bin] * p;
        double curvature = sample.all[bin] * p * (1 - p) + 1e-9;
        gradientA += error;
        gradientB += error * x;
        aa += curvature;
        ab += curvature * x;
        bb += curvature * x * x;
      }
      double determinant = aa * bb - ab * ab;
      a += clamp((bb * gradientA - ab * gradientB) / determinant, 5);
      b += clamp((aa * gradientB - ab * gradientA) / determinant, 10);
    }
    b = Math.min(STEEPEST, Math.max(LEAST_SLOPE, b));
    double found = Math.min(nearest, Math.max(-1, -a / b));
    return first
        ? new NeighbourOdds(b, found, mean, nearest)
        : new NeighbourOdds(
            slope + RATE * (b - slope), even + RATE * (found - even), mean, nearest);
  }

  private static double clamp(double value, double limit) {
    return Math.max(-limit, Math.min(limit, value));
  }
}
