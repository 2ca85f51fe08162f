package io.sentencestreams.model.clustering;

import io.sentencestreams.model.internal.UnitVectors;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * Spherical k-means (Dhillon and Modha 2001): clusters by cosine similarity, seeded by k-means++
 * (Arthur and Vassilvitskii 2007). The same input and seed give the same clusters.
 *
 * @param k number of clusters
 * @param restarts how often to start over; the best result counts
 * @param maxIterations the most passes over the data in one run
 * @param seed of the random choices
 */
public record KMeans(int k, int restarts, int maxIterations, long seed) {
  public KMeans {
    if (k < 1 || restarts < 1 || maxIterations < 1) {
      throw new IllegalArgumentException(
          "k, restarts and maxIterations must be at least 1, not %d, %d, %d"
              .formatted(k, restarts, maxIterations));
    }
  }

  /** With 4 restarts of at most 100 passes. */
  public KMeans(int k) {
    this(k, 4, 100, 0);
  }

  /**
   * The clusters found.
   *
   * @param assignments for each row its cluster, from 0 to {@code k - 1}
   * @param similarities for each row the cosine similarity to its cluster's centroid
   * @param centroids one unit vector per cluster
   * @param meanSimilarity of the rows to their centroids, what k-means maximizes
   */
  public record Clustering(
      int[] assignments, float[] similarities, float[][] centroids, double meanSimilarity) {}

  /**
   * Clusters embeddings.
   *
   * @param embeddings one per row; they need not have length one
   * @throws IllegalArgumentException if there are fewer rows than clusters, the rows differ in
   *     length or hold a non-finite value
   */
  public Clustering cluster(float[][] embeddings) {
    if (embeddings.length < k) {
      throw new IllegalArgumentException(
          "%d texts cannot be put into %d clusters".formatted(embeddings.length, k));
    }
    UnitVectors vectors = new UnitVectors(embeddings);
    Random random = new Random(seed);
    Clustering best = null;
    for (int i = 0; i < restarts; i++) {
      Clustering candidate = run(vectors, random);
      if (best == null || candidate.meanSimilarity() > best.meanSimilarity()) {
        best = candidate;
      }
    }
    return best;
  }

  private Clustering run(UnitVectors vectors, Random random) {
    Clustering current = assign(vectors, seeds(vectors, random));
    for (int pass = 1; pass < maxIterations; pass++) {
      Clustering next = assign(vectors, update(vectors, current));
      boolean settled = Arrays.equals(next.assignments(), current.assignments());
      current = next;
      if (settled) {
        break;
      }
    }
    return current;
  }

  /** Picks each next seed with a probability in proportion to its squared distance to the last. */
  private float[][] seeds(UnitVectors vectors, Random random) {
    float[][] seeds = new float[k][vectors.dimension()];
    double[] distances = new double[vectors.size()];
    Arrays.fill(distances, 1);
    for (int c = 0; c < k; c++) {
      vectors.get(draw(distances, random), seeds[c]);
      float[] dots = new float[UnitVectors.WIDTH];
      for (int block = 0; block < vectors.blocks(); block++) {
        vectors.dots(seeds[c], block, dots);
        int first = block * UnitVectors.WIDTH;
        for (int i = first; i < Math.min(first + UnitVectors.WIDTH, vectors.size()); i++) {
          // Between unit vectors the squared distance is 2 - 2 cos.
          double distance = Math.max(0, 2 - 2 * (double) dots[i - first]);
          distances[i] = c == 0 ? distance : Math.min(distances[i], distance);
        }
      }
    }
    return seeds;
  }

  private static int draw(double[] weights, Random random) {
    double left = random.nextDouble() * Arrays.stream(weights).sum();
    for (int i = 0; i < weights.length; i++) {
      left -= weights[i];
      if (left < 0) {
        return i;
      }
    }
    // All rows equal a seed already: any of them will do.
    return random.nextInt(weights.length);
  }

  private Clustering assign(UnitVectors vectors, float[][] centroids) {
    UnitVectors centres = new UnitVectors(centroids);
    int[] assignments = new int[vectors.size()];
    float[] similarities = new float[vectors.size()];
    IntStream.range(0, vectors.blocks())
        .parallel()
        .forEach(block -> assignBlock(vectors, block, centres, assignments, similarities));
    double sum = 0;
    for (float similarity : similarities) {
      sum += similarity;
    }
    return new Clustering(assignments, similarities, centroids, sum / vectors.size());
  }

  private void assignBlock(
      UnitVectors vectors, int block, UnitVectors centres, int[] assignments, float[] best) {
    float[] row = new float[vectors.dimension()];
    float[] dots = new float[UnitVectors.WIDTH];
    int first = block * UnitVectors.WIDTH;
    for (int i = first; i < Math.min(first + UnitVectors.WIDTH, vectors.size()); i++) {
      vectors.get(i, row);
      best[i] = Float.NEGATIVE_INFINITY;
      for (int group = 0; group < centres.blocks(); group++) {
        centres.dots(row, group, dots);
        int offset = group * UnitVectors.WIDTH;
        for (int c = offset; c < Math.min(offset + UnitVectors.WIDTH, k); c++) {
          if (dots[c - offset] > best[i]) {
            best[i] = dots[c - offset];
            assignments[i] = c;
          }
        }
      }
    }
  }

  /** The mean direction of each cluster; an empty one moves to the row that fits its own worst. */
  private float[][] update(UnitVectors vectors, Clustering current) {
    double[][] sums = new double[k][vectors.dimension()];
    int[] counts = new int[k];
    float[] row = new float[vectors.dimension()];
    for (int i = 0; i < vectors.size(); i++) {
      vectors.get(i, row);
      int cluster = current.assignments()[i];
      counts[cluster]++;
      for (int d = 0; d < row.length; d++) {
        sums[cluster][d] += row[d];
      }
    }
    float[] similarities = current.similarities().clone();
    float[][] centroids = new float[k][vectors.dimension()];
    for (int c = 0; c < k; c++) {
      if (counts[c] == 0) {
        int worst = worst(similarities);
        similarities[worst] = Float.POSITIVE_INFINITY;
        vectors.get(worst, centroids[c]);
      } else {
        normalize(sums[c], centroids[c]);
      }
    }
    return centroids;
  }

  private static int worst(float[] similarities) {
    int worst = 0;
    for (int i = 1; i < similarities.length; i++) {
      if (similarities[i] < similarities[worst]) {
        worst = i;
      }
    }
    return worst;
  }

  private static void normalize(double[] sum, float[] centroid) {
    double squares = 0;
    for (double value : sum) {
      squares += value * value;
    }
    double scale = squares == 0 ? 0 : 1 / Math.sqrt(squares);
    for (int d = 0; d < sum.length; d++) {
      centroid[d] = (float) (sum[d] * scale);
    }
  }
}
