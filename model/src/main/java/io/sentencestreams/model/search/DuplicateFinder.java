package io.sentencestreams.model.search;

import io.sentencestreams.model.internal.UnitVectors;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** Finds all pairs of embeddings that are at least so similar, exactly, and groups them. */
public final class DuplicateFinder {
  private DuplicateFinder() {}

  /**
   * Two rows that are near-duplicates.
   *
   * @param first the smaller index
   * @param score their cosine similarity
   */
  public record Pair(int first, int second, float score) {}

  /**
   * What was found.
   *
   * @param pairs most similar first, equal ones by index
   * @param groups for each row the smallest index that a chain of pairs connects it with; its own
   *     if it has no duplicate
   */
  public record Duplicates(List<Pair> pairs, int[] groups) {
    public Duplicates {
      pairs = List.copyOf(pairs);
    }
  }

  /**
   * Compares each row with each, on all processors.
   *
   * @param embeddings one per row; they need not have length one
   * @param threshold the least cosine similarity of a pair, from -1 to 1
   * @throws IllegalArgumentException if the threshold is out of range, the rows differ in length or
   *     hold a non-finite value
   */
  public static Duplicates find(float[][] embeddings, float threshold) {
    if (!(threshold >= -1 && threshold <= 1)) {
      throw new IllegalArgumentException(
          "threshold must be a cosine similarity from -1 to 1, not " + threshold);
    }
    UnitVectors vectors = new UnitVectors(embeddings);
    List<Pair> pairs =
        IntStream.range(0, vectors.blocks())
            .parallel()
            .boxed()
            .flatMap(block -> pairsOfBlock(vectors, block, threshold).stream())
            .sorted(
                Comparator.comparingDouble((Pair pair) -> -pair.score())
                    .thenComparingInt(Pair::first)
                    .thenComparingInt(Pair::second))
            .toList();
    return new Duplicates(pairs, groups(vectors.size(), pairs));
  }

  /** The pairs whose second row is in a block. */
  private static List<Pair> pairsOfBlock(UnitVectors vectors, int block, float threshold) {
    List<Pair> pairs = new ArrayList<>();
    int first = block * UnitVectors.WIDTH;
    int end = Math.min(first + UnitVectors.WIDTH, vectors.size());
    float[] row = new float[vectors.dimension()];
    float[] dots = new float[UnitVectors.WIDTH];
    for (int i = 0; i < end; i++) {
      vectors.get(i, row);
      vectors.dots(row, block, dots);
      for (int j = Math.max(i + 1, first); j < end; j++) {
        if (dots[j - first] >= threshold) {
          pairs.add(new Pair(i, j, dots[j - first]));
        }
      }
    }
    return pairs;
  }

  /** Union-find in which a root is the smallest index of its set. */
  private static int[] groups(int size, List<Pair> pairs) {
    int[] parents = IntStream.range(0, size).toArray();
    for (Pair pair : pairs) {
      int a = root(parents, pair.first());
      int b = root(parents, pair.second());
      parents[Math.max(a, b)] = Math.min(a, b);
    }
    return IntStream.range(0, size).map(i -> root(parents, i)).toArray();
  }

  private static int root(int[] parents, int index) {
    int i = index;
    while (parents[i] != i) {
      parents[i] = parents[parents[i]];
      i = parents[i];
    }
    return i;
  }
}
