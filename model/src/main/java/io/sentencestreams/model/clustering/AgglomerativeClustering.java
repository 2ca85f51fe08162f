package io.sentencestreams.model.clustering;

import io.sentencestreams.model.internal.UnitVectors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Agglomerative clustering: each row begins alone, and the two nearest clusters are joined again
 * and again. Needs all distances at once, 2 n² bytes for n rows, and time in proportion
 * (nearest-neighbour chain, Müllner 2011).
 *
 * @param linkage what the distance of two clusters is
 */
public record AgglomerativeClustering(Linkage linkage) {
  /** The distance between clusters. */
  public enum Linkage {
    /**
     * How much farther rows are from the centre of both than from their own (Ward 1963), as a
     * Euclidean distance between vectors of length one.
     */
    WARD,
    /** The mean cosine distance, 1 minus cosine similarity, of rows of both. */
    AVERAGE,
    /** The greatest cosine distance of rows of both. */
    COMPLETE,
    /** The least. */
    SINGLE
  }

  /**
   * A joining of two clusters, each named after its smallest row.
   *
   * @param first the smaller name, which the joined cluster keeps
   * @param distance at which they were joined
   */
  public record Merge(int first, int second, double distance) {}

  /**
   * The whole tree.
   *
   * @param rows how many there are
   * @param merges in the order of their distance; one fewer than rows
   */
  public record Tree(int rows, List<Merge> merges) {
    /** Copies the merges. */
    public Tree {
      merges = List.copyOf(merges);
    }

    /**
     * The clusters when so many are left.
     *
     * @return for each row its cluster, counted from 0 in the order of their first rows
     * @throws IllegalArgumentException if there are not so many rows
     */
    public int[] cut(int clusters) {
      if (clusters < 1 || clusters > rows) {
        throw new IllegalArgumentException(
            "%d rows cannot be in %d clusters".formatted(rows, clusters));
      }
      return assign(merges.subList(0, rows - clusters));
    }

    /**
     * The clusters when all that are at most so far apart are joined.
     *
     * @return as {@link #cut(int)}
     */
    public int[] cutAt(double distance) {
      return assign(merges.stream().filter(merge -> merge.distance() < distance).toList());
    }

    private int[] assign(List<Merge> chosen) {
      int[] parents = IntStream.range(0, rows).toArray();
      for (Merge merge : chosen) {
        int a = root(parents, merge.first());
        int b = root(parents, merge.second());
        parents[Math.max(a, b)] = Math.min(a, b);
      }
      int[] numbers = new int[rows];
      int next = 0;
      for (int i = 0; i < rows; i++) {
        int root = root(parents, i);
        if (root == i) {
          numbers[i] = next;
          next++;
        } else {
          numbers[i] = numbers[root];
        }
      }
      return numbers;
    }

    private static int root(int[] parents, int row) {
      int i = row;
      while (parents[i] != i) {
        parents[i] = parents[parents[i]];
        i = parents[i];
      }
      return i;
    }
  }

  /**
   * Clusters embeddings.
   *
   * @param embeddings at least one per row; they need not have length one
   * @throws IllegalArgumentException if there is no row, the rows differ in length or hold a
   *     non-finite value, or the distances do not fit into the memory
   */
  public Tree cluster(float[][] embeddings) {
    int rows = embeddings.length;
    if (rows == 0) {
      throw new IllegalArgumentException("there is nothing to cluster");
    }
    long bytes = 2L * rows * rows;
    long most = Runtime.getRuntime().maxMemory() / 2;
    if (bytes > most) {
      throw new IllegalArgumentException(
          "%d rows have distances of %d MB, but half of the heap is %d MB: take fewer, or k-means"
              .formatted(rows, bytes >> 20, most >> 20));
    }
    return new Tree(rows, join(distances(new UnitVectors(embeddings))));
  }

  /** Row i has the distances to the rows before it; squared ones for Ward. */
  private float[][] distances(UnitVectors vectors) {
    float[][] distances = new float[vectors.size()][];
    IntStream.range(0, vectors.size())
        .parallel()
        .forEach(
            i -> {
              float[] row = new float[i];
              float[] vector = new float[vectors.dimension()];
              vectors.get(i, vector);
              float[] dots = new float[UnitVectors.WIDTH];
              for (int first = 0; first < i; first += UnitVectors.WIDTH) {
                vectors.dots(vector, first / UnitVectors.WIDTH, dots);
                for (int j = first; j < Math.min(first + UnitVectors.WIDTH, i); j++) {
                  float cosine = 1 - dots[j - first];
                  row[j] = Math.max(0, linkage == Linkage.WARD ? 2 * cosine : cosine);
                }
              }
              distances[i] = row;
            });
    return distances;
  }

  /** Follows nearest neighbours until two are each other's, and joins those. */
  private List<Merge> join(float[][] distances) {
    int rows = distances.length;
    int[] sizes = new int[rows];
    Arrays.fill(sizes, 1);
    int[] chain = new int[rows];
    int length = 0;
    List<Merge> merges = new ArrayList<>();
    while (merges.size() < rows - 1) {
      if (length == 0) {
        chain[0] = IntStream.range(0, rows).filter(i -> sizes[i] > 0).findFirst().orElseThrow();
        length = 1;
      }
      int last = chain[length - 1];
      int before = length > 1 ? chain[length - 2] : -1;
      int nearest = nearest(distances, sizes, last, before);
      if (nearest == before) {
        length -= 2;
        merge(distances, sizes, Math.min(last, before), Math.max(last, before), merges);
      } else {
        chain[length] = nearest;
        length++;
      }
    }
    merges.sort(Comparator.comparingDouble(Merge::distance));
    return merges;
  }

  /** Of those that are equally near the one that was before, or the chain would not end. */
  private static int nearest(float[][] distances, int[] sizes, int from, int before) {
    int nearest = before;
    float least = before < 0 ? Float.POSITIVE_INFINITY : get(distances, from, before);
    for (int i = 0; i < sizes.length; i++) {
      if (sizes[i] > 0 && i != from && get(distances, from, i) < least) {
        nearest = i;
        least = get(distances, from, i);
      }
    }
    return nearest;
  }

  private static float get(float[][] distances, int a, int b) {
    return distances[Math.max(a, b)][Math.min(a, b)];
  }

  private void merge(float[][] distances, int[] sizes, int a, int b, List<Merge> merges) {
    float joined = get(distances, a, b);
    for (int i = 0; i < sizes.length; i++) {
      if (sizes[i] > 0 && i != a && i != b) {
        double da = get(distances, a, i);
        double db = get(distances, b, i);
        double distance =
            switch (linkage) {
              case WARD ->
                  ((sizes[a] + sizes[i]) * da + (sizes[b] + sizes[i]) * db - sizes[i] * joined)
                      / (sizes[a] + sizes[b] + sizes[i]);
              case AVERAGE -> (sizes[a] * da + sizes[b] * db) / (sizes[a] + sizes[b]);
              case COMPLETE -> Math.max(da, db);
              case SINGLE -> Math.min(da, db);
            };
        distances[Math.max(a, i)][Math.min(a, i)] = (float) distance;
      }
    }
    sizes[a] += sizes[b];
    sizes[b] = 0;
    merges.add(new Merge(a, b, linkage == Linkage.WARD ? Math.sqrt(joined) : joined));
  }
}
