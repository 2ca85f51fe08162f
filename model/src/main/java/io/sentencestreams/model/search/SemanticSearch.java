package io.sentencestreams.model.search;

import io.sentencestreams.model.internal.UnitVectors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** Exact nearest-neighbour search by cosine similarity over a corpus in memory. Thread-safe. */
public final class SemanticSearch {
  /** Queries that pass over a block of the corpus while it is in the cache. */
  private static final int CHUNK = 32;

  private final UnitVectors corpus;

  /**
   * Copies a corpus.
   *
   * @param corpus one embedding per row; they need not have length one
   * @throws IllegalArgumentException if the rows differ in length or hold a non-finite value
   */
  public SemanticSearch(float[][] corpus) {
    this.corpus = new UnitVectors(corpus);
  }

  /**
   * A row of the corpus that was found.
   *
   * @param score cosine similarity, from -1 to 1
   */
  public record Hit(int index, float score) {}

  /**
   * Finds the nearest rows for each query, on all processors.
   *
   * @param queries one embedding per row
   * @param topK how many rows to find; at most as many as the corpus has are
   * @return for each query its hits, best first, equal scores in the order of the corpus
   * @throws IllegalArgumentException if a query has another dimension than the corpus
   */
  public List<List<Hit>> search(float[][] queries, int topK) {
    if (topK < 1) {
      throw new IllegalArgumentException("topK must be at least 1, not " + topK);
    }
    UnitVectors vectors = new UnitVectors(queries);
    if (corpus.size() > 0 && queries.length > 0 && vectors.dimension() != corpus.dimension()) {
      throw new IllegalArgumentException(
          "the queries have %d dimensions, the corpus %d"
              .formatted(vectors.dimension(), corpus.dimension()));
    }
    int k = Math.min(topK, corpus.size());
    TopK[] best = new TopK[queries.length];
    int chunks = (queries.length + CHUNK - 1) / CHUNK;
    IntStream.range(0, chunks).parallel().forEach(chunk -> searchChunk(vectors, chunk, k, best));
    return Arrays.stream(best).map(TopK::hits).toList();
  }

  private void searchChunk(UnitVectors queries, int chunk, int k, TopK[] best) {
    int from = chunk * CHUNK;
    int to = Math.min(from + CHUNK, queries.size());
    float[][] rows = new float[to - from][queries.dimension()];
    for (int i = from; i < to; i++) {
      best[i] = new TopK(k);
      queries.get(i, rows[i - from]);
    }
    float[] dots = new float[UnitVectors.WIDTH];
    for (int block = 0; block < corpus.blocks(); block++) {
      int first = block * UnitVectors.WIDTH;
      int count = Math.min(UnitVectors.WIDTH, corpus.size() - first);
      for (int i = from; i < to; i++) {
        corpus.dots(rows[i - from], block, dots);
        for (int j = 0; j < count; j++) {
          best[i].offer(first + j, dots[j]);
        }
      }
    }
  }

  /** The best hits so far, sorted; rows come in the order of the corpus. */
  private static final class TopK {
    private final int[] indexes;
    private final float[] scores;
    private int size;

    TopK(int k) {
      indexes = new int[k];
      scores = new float[k];
    }

    void offer(int index, float score) {
      if (size == scores.length) {
        if (score <= scores[size - 1]) {
          return;
        }
      } else {
        size++;
      }
      int at = size - 1;
      for (; at > 0 && scores[at - 1] < score; at--) {
        scores[at] = scores[at - 1];
        indexes[at] = indexes[at - 1];
      }
      scores[at] = score;
      indexes[at] = index;
    }

    List<Hit> hits() {
      List<Hit> hits = new ArrayList<>(size);
      for (int i = 0; i < size; i++) {
        hits.add(new Hit(indexes[i], scores[i]));
      }
      return hits;
    }
  }
}
