package io.sentencestreams.trainer.retraining;

import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * Whether two samples of vectors come from one distribution: the two-sample test of Gretton et al.
 * (A Kernel Two-Sample Test, 2012). Its statistic is the unbiased estimate of the squared maximum
 * mean discrepancy under a Gaussian kernel as wide as the median distance; its p-value comes from
 * random permutations, of which it draws no more once the samples are clearly alike (Besag and
 * Clifford: Sequential Monte Carlo p-values, 1991).
 */
final class MmdTest {
  /** So many permutations with a larger statistic show that the samples are alike. */
  private static final int EXCEEDANCES = 10;

  private static final int MOST_DISTANCES = 2000;

  private MmdTest() {}

  /**
   * What came out.
   *
   * @param statistic squared maximum mean discrepancy; about 0 for samples of one distribution
   * @param pValue how probable so large a statistic is for samples of one distribution
   */
  record Result(double statistic, double pValue) {}

  /**
   * Compares two samples.
   *
   * @param x at least two vectors
   * @param y as many
   * @param permutations at most; the least p-value is 1 / (permutations + 1)
   * @throws IllegalArgumentException if there are too few, or not as many of both
   */
  static Result compare(float[][] x, float[][] y, int permutations, long seed) {
    int n = x.length;
    if (n < 2 || y.length != n) {
      throw new IllegalArgumentException("samples of %d and %d vectors".formatted(n, y.length));
    }
    float[][] both = Arrays.copyOf(x, 2 * n);
    System.arraycopy(y, 0, both, n, n);
    SplittableRandom random = new SplittableRandom(seed);
    float[][] kernel = kernel(both, random);
    int[] order = new int[2 * n];
    Arrays.setAll(order, i -> i);
    boolean[] isFirst = new boolean[2 * n];
    double statistic = statistic(kernel, order, isFirst);
    int larger = 0;
    int drawn = 0;
    while (drawn < permutations && larger < EXCEEDANCES) {
      shuffle(order, random);
      drawn++;
      if (statistic(kernel, order, isFirst) >= statistic) {
        larger++;
      }
    }
    double pValue =
        larger == EXCEEDANCES ? (double) larger / drawn : (larger + 1.0) / (drawn + 1.0);
    return new Result(statistic, pValue);
  }

  private static float[][] kernel(float[][] vectors, SplittableRandom random) {
    int count = vectors.length;
    float[][] squares = new float[count][count];
    for (int i = 0; i < count; i++) {
      for (int j = 0; j < i; j++) {
        float sum = 0;
        for (int k = 0; k < vectors[i].length; k++) {
          float difference = vectors[i][k] - vectors[j][k];
          sum += difference * difference;
        }
        squares[i][j] = sum;
        squares[j][i] = sum;
      }
    }
    double[] some = new double[MOST_DISTANCES];
    for (int i = 0; i < some.length; i++) {
      int one = random.nextInt(count);
      int other = (one + 1 + random.nextInt(count - 1)) % count;
      some[i] = squares[one][other];
    }
    Arrays.sort(some);
    double width = Math.max(some[some.length / 2], Float.MIN_NORMAL);
    for (float[] row : squares) {
      for (int j = 0; j < count; j++) {
        row[j] = (float) Math.exp(-row[j] / width);
      }
    }
    return squares;
  }

  /** Of the first half of an order against the second. */
  private static double statistic(float[][] kernel, int[] order, boolean[] isFirst) {
    int n = order.length / 2;
    Arrays.fill(isFirst, false);
    for (int i = 0; i < n; i++) {
      isFirst[order[i]] = true;
    }
    double within = 0;
    double across = 0;
    for (int i = 0; i < order.length; i++) {
      float[] row = kernel[i];
      boolean first = isFirst[i];
      float same = 0;
      float other = 0;
      for (int j = 0; j < i; j++) {
        if (isFirst[j] == first) {
          same += row[j];
        } else {
          other += row[j];
        }
      }
      within += same;
      across += other;
    }
    return 2 * within / ((double) n * (n - 1)) - 2 * across / ((double) n * n);
  }

  private static void shuffle(int[] order, SplittableRandom random) {
    for (int i = order.length - 1; i > 0; i--) {
      int other = random.nextInt(i + 1);
      int swapped = order[i];
      order[i] = order[other];
      order[other] = swapped;
    }
  }
}
