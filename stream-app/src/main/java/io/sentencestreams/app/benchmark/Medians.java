package io.sentencestreams.app.benchmark;

import java.util.Arrays;
import java.util.List;

/** Order statistics of measured values. */
final class Medians {
  private Medians() {}

  static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }

  static double median(List<Double> values) {
    return median(values.stream().mapToDouble(Double::doubleValue).toArray());
  }

  /** Median of the ratios of values that were measured next to each other. */
  static double medianRatio(List<Double> dividends, List<Double> divisors) {
    double[] ratios = new double[dividends.size()];
    Arrays.setAll(ratios, i -> dividends.get(i) / divisors.get(i));
    return median(ratios);
  }

  /** The smallest value that {@code percent} percent of the sorted values do not exceed. */
  static double percentile(double[] sorted, int percent) {
    return sorted[Math.min(sorted.length - 1, sorted.length * percent / 100)];
  }
}
