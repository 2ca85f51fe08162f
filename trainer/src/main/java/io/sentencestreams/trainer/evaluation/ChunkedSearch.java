package io.sentencestreams.trainer.evaluation;

import io.sentencestreams.model.SimilarityFunction;
import io.sentencestreams.model.search.SemanticSearch;
import io.sentencestreams.model.search.SemanticSearch.Hit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.stream.IntStream;

/** For each query the most similar rows of a corpus that comes in chunks; equal ones by index. */
final class ChunkedSearch {
  private static final Comparator<Hit> BEST_FIRST =
      Comparator.comparingDouble((Hit hit) -> -hit.score()).thenComparingInt(Hit::index);

  private final SimilarityFunction function;
  private final float[][] queries;
  private final int topK;
  private final List<List<Hit>> hits;
  private int size;

  ChunkedSearch(SimilarityFunction function, float[][] queries, int topK) {
    this.function = function;
    this.queries = queries;
    this.topK = topK;
    this.hits = new ArrayList<>();
    for (int i = 0; i < queries.length; i++) {
      hits.add(List.of());
    }
  }

  /** Adds rows to the corpus, after those that it has. */
  void add(float[][] chunk) {
    List<List<Hit>> found =
        function == SimilarityFunction.COSINE
            ? new SemanticSearch(chunk).search(queries, topK)
            : IntStream.range(0, queries.length)
                .parallel()
                .mapToObj(query -> nearest(queries[query], chunk))
                .toList();
    for (int i = 0; i < queries.length; i++) {
      List<Hit> merged = new ArrayList<>(hits.get(i));
      for (Hit hit : found.get(i)) {
        merged.add(new Hit(size + hit.index(), hit.score()));
      }
      merged.sort(BEST_FIRST);
      hits.set(i, List.copyOf(merged.subList(0, Math.min(topK, merged.size()))));
    }
    size += chunk.length;
  }

  private List<Hit> nearest(float[] query, float[][] chunk) {
    PriorityQueue<Hit> worstFirst = new PriorityQueue<>(BEST_FIRST.reversed());
    for (int i = 0; i < chunk.length; i++) {
      worstFirst.add(new Hit(i, (float) function.similarity(query, chunk[i])));
      if (worstFirst.size() > topK) {
        worstFirst.remove();
      }
    }
    return List.copyOf(worstFirst);
  }

  /** The best rows for each query, best first. */
  List<List<Hit>> hits() {
    return List.copyOf(hits);
  }
}
