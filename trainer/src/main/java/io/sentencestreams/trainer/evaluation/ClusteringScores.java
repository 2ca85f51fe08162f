package io.sentencestreams.trainer.evaluation;

import java.util.HashMap;
import java.util.Map;

/**
 * How well clusters agree with classes, as scikit-learn computes it.
 *
 * @param homogeneity 1 if each cluster holds one class only
 * @param completeness 1 if each class is in one cluster only
 * @param vMeasure harmonic mean of both (Rosenberg and Hirschberg 2007)
 * @param adjustedRandIndex agreement on pairs, 0 for chance (Hubert and Arabie 1985)
 * @param normalizedMutualInformation by the arithmetic mean of the entropies, which makes it equal
 *     to the V-measure
 */
public record ClusteringScores(
    double homogeneity,
    double completeness,
    double vMeasure,
    double adjustedRandIndex,
    double normalizedMutualInformation) {

  /**
   * Scores clusters of records.
   *
   * @param classes of each record
   * @param clusters of each record, in the same order
   * @throws IllegalArgumentException if the lengths differ or there are no records
   */
  public static ClusteringScores of(long[] classes, long[] clusters) {
    if (classes.length != clusters.length || classes.length == 0) {
      throw new IllegalArgumentException(
          "%d classes and %d clusters; one of each for every record is needed"
              .formatted(classes.length, clusters.length));
    }
    Map<Long, Long> classSizes = new HashMap<>();
    Map<Long, Long> clusterSizes = new HashMap<>();
    Map<Cell, Long> cells = new HashMap<>();
    for (int i = 0; i < classes.length; i++) {
      classSizes.merge(classes[i], 1L, Long::sum);
      clusterSizes.merge(clusters[i], 1L, Long::sum);
      cells.merge(new Cell(classes[i], clusters[i]), 1L, Long::sum);
    }
    double n = classes.length;
    double classEntropy = entropy(classSizes, n);
    double clusterEntropy = entropy(clusterSizes, n);
    double information = 0;
    for (Map.Entry<Cell, Long> cell : cells.entrySet()) {
      double both = cell.getValue();
      double expected =
          (double) classSizes.get(cell.getKey().of()) * clusterSizes.get(cell.getKey().in());
      information += both / n * Math.log(n * both / expected);
    }
    double homogeneity = classEntropy == 0 ? 1 : information / classEntropy;
    double completeness = clusterEntropy == 0 ? 1 : information / clusterEntropy;
    double sum = homogeneity + completeness;
    double vMeasure = sum == 0 ? 0 : 2 * homogeneity * completeness / sum;
    double mean = (classEntropy + clusterEntropy) / 2;
    return new ClusteringScores(
        homogeneity,
        completeness,
        vMeasure,
        adjustedRand(classSizes, clusterSizes, cells, n),
        mean == 0 ? 1 : information / mean);
  }

  private record Cell(long of, long in) {}

  private static double entropy(Map<Long, Long> sizes, double n) {
    double entropy = 0;
    for (double size : sizes.values()) {
      entropy -= size / n * Math.log(size / n);
    }
    return entropy;
  }

  private static double adjustedRand(
      Map<Long, Long> classes, Map<Long, Long> clusters, Map<Cell, Long> cells, double n) {
    double both = pairs(cells);
    double ofClasses = pairs(classes);
    double ofClusters = pairs(clusters);
    double all = n * (n - 1) / 2;
    double expected = all == 0 ? 0 : ofClasses * ofClusters / all;
    double most = (ofClasses + ofClusters) / 2;
    double range = most - expected;
    return range > 0 ? (both - expected) / range : 1;
  }

  private static double pairs(Map<?, Long> sizes) {
    double pairs = 0;
    for (double size : sizes.values()) {
      pairs += size * (size - 1) / 2;
    }
    return pairs;
  }
}
