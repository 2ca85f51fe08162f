package io.sentencestreams.examples;

import io.sentencestreams.model.SentenceEncoder;
import io.sentencestreams.model.search.SemanticSearch;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Finds for each query the nearest sentences of a corpus.
 *
 * <pre>{@code
 * java -cp "stream-app/target/distribution/lib/*" \
 *   trainer/src/examples/java/io/sentencestreams/examples/SemanticSearchExample.java
 * }</pre>
 */
public final class SemanticSearchExample {
  private SemanticSearchExample() {}

  private static final List<String> CORPUS =
      List.of(
          "A man is eating food.",
          "A man is eating a piece of bread.",
          "The girl is carrying a baby.",
          "A man is riding a horse.",
          "A woman is playing violin.",
          "Two men pushed carts through the woods.",
          "A man is riding a white horse on an enclosed ground.",
          "A monkey is playing drums.",
          "A cheetah is running behind its prey.");

  private static final List<String> QUERIES =
      List.of(
          "A man is eating pasta.",
          "Someone in a gorilla costume is playing a set of drums.",
          "A cheetah chases prey on across a field.");

  /** Prints the five nearest sentences of each query. */
  public static void main(String[] args) {
    search(5)
        .forEach(
            (query, hits) -> {
              System.out.println(query);
              for (SemanticSearch.Hit hit : hits) {
                System.out.printf("  %.4f  %s%n", hit.score(), CORPUS.get(hit.index()));
              }
            });
  }

  /** The nearest sentences of each query, as places in the corpus. */
  static Map<String, List<SemanticSearch.Hit>> search(int topK) {
    try (SentenceEncoder encoder = SentenceEncoder.load("all-MiniLM-L6-v2")) {
      SemanticSearch search = new SemanticSearch(encoder.encode(CORPUS));
      List<List<SemanticSearch.Hit>> hits = search.search(encoder.encode(QUERIES), topK);
      Map<String, List<SemanticSearch.Hit>> found = new LinkedHashMap<>();
      for (int i = 0; i < QUERIES.size(); i++) {
        found.put(QUERIES.get(i), hits.get(i));
      }
      return found;
    }
  }
}
