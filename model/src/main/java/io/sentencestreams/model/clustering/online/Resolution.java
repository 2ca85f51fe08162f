package io.sentencestreams.model.clustering.online;

/**
 * The similarity that divides pairs of one cluster from pairs of two: halfway between the mean of
 * both kinds. For pairs whose similarity is normal around either mean this is the resolution of
 * greatest likelihood (Newman 2016, on modularity, in the form that similarities take). It depends
 * on the partition and the partition on it, so it is found by turns, and goes on from step to step.
 */
final class Resolution {
  private double within;
  private double between;
  private double pairsWithin;
  private double pairsBetween;

  /** Mean similarities over the pairs of a partition. */
  Resolution(float[][] sums, double[] weights, double[] squares, int[] parts, int dimension) {
    int count = 0;
    for (int part : parts) {
      count = Math.max(count, part + 1);
    }
    float[][] partSums = new float[count][dimension];
    double[] partWeights = new double[count];
    float[] total = new float[dimension];
    double weight = 0;
    double self = 0;
    for (int i = 0; i < parts.length; i++) {
      for (int d = 0; d < dimension; d++) {
        partSums[parts[i]][d] += sums[i][d];
        total[d] += sums[i][d];
      }
      partWeights[parts[i]] += weights[i];
      weight += weights[i];
      self += squares[i];
    }
    for (int part = 0; part < count; part++) {
      within += Vectors.squares(partSums[part]);
      pairsWithin += partWeights[part] * partWeights[part];
    }
    between = Vectors.squares(total) - within;
    pairsBetween = weight * weight - pairsWithin;
    within -= self;
    pairsWithin -= self;
  }

  /** Mean similarity of two records of one part, NaN if no part has two. */
  double within() {
    return pairsWithin <= least() ? Double.NaN : within / pairsWithin;
  }

  /** Halfway between the means; the other value where there are no pairs of one kind. */
  double halfway(double otherwise) {
    if (pairsWithin <= least() || pairsBetween <= least()) {
      return otherwise;
    }
    return (within / pairsWithin + between / pairsBetween) / 2;
  }

  private double least() {
    return 1e-9 * (pairsWithin + pairsBetween);
  }
}
