package io.sentencestreams.model.search;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Set;

/**
 * Finds the most similar pairs among many embeddings, by cosine similarity: exactly, but bounded in
 * memory, so that a corpus of a million texts can be searched.
 */
public final class ParaphraseMining {
  /** Rows whose neighbours are held in memory at once. */
  private static final int CHUNK = 2048;

  private static final Comparator<DuplicateFinder.Pair> WORST_FIRST =
      Comparator.comparingDouble(DuplicateFinder.Pair::score)
          .thenComparing(DuplicateFinder.Pair::first, Comparator.reverseOrder())
          .thenComparing(DuplicateFinder.Pair::second, Comparator.reverseOrder());

  private ParaphraseMining() {}

  /**
   * Finds pairs, on all processors.
   *
   * @param embeddings one per row; they need not have length one
   * @param topK how many of the nearest rows of each are looked at
   * @param maxPairs the most pairs that are kept, the most similar ones
   * @return most similar first, equal ones by index; the same two rows are one pair
   * @throws IllegalArgumentException if the rows differ in length or hold a non-finite value
   */
  public static List<DuplicateFinder.Pair> find(float[][] embeddings, int topK, int maxPairs) {
    if (topK < 1 || maxPairs < 1) {
      throw new IllegalArgumentException(
          "topK and maxPairs must be at least 1, not %d and %d".formatted(topK, maxPairs));
    }
    SemanticSearch search = new SemanticSearch(embeddings);
    PriorityQueue<DuplicateFinder.Pair> best = new PriorityQueue<>(WORST_FIRST);
    Set<Long> queued = new HashSet<>();
    for (int from = 0; from < embeddings.length; from += CHUNK) {
      int to = Math.min(from + CHUNK, embeddings.length);
      List<List<SemanticSearch.Hit>> hits =
          search.search(Arrays.copyOfRange(embeddings, from, to), topK + 1);
      for (int i = from; i < to; i++) {
        int row = i;
        hits.get(i - from).stream()
            .filter(hit -> hit.index() != row)
            .limit(topK)
            .map(hit -> pair(row, hit))
            .filter(pair -> queued.add(key(pair)))
            .forEach(best::add);
        while (best.size() > maxPairs) {
          queued.remove(key(best.remove()));
        }
      }
    }
    List<DuplicateFinder.Pair> pairs = new ArrayList<>(best);
    pairs.sort(WORST_FIRST.reversed());
    return pairs;
  }

  private static DuplicateFinder.Pair pair(int row, SemanticSearch.Hit hit) {
    return new DuplicateFinder.Pair(
        Math.min(row, hit.index()), Math.max(row, hit.index()), hit.score());
  }

  private static long key(DuplicateFinder.Pair pair) {
    return ((long) pair.first() << 32) | pair.second();
  }
}
