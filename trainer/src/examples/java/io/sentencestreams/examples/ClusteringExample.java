package io.sentencestreams.examples;

import io.sentencestreams.model.SentenceEncoder;
import io.sentencestreams.model.clustering.AgglomerativeClustering;
import io.sentencestreams.model.clustering.KMeans;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Groups sentences by meaning: by k-means and by joining the nearest.
 *
 * <pre>{@code
 * java -cp "stream-app/target/distribution/lib/*" \
 *   trainer/src/examples/java/io/sentencestreams/examples/ClusteringExample.java
 * }</pre>
 */
public final class ClusteringExample {
  private ClusteringExample() {}

  private static final List<String> CORPUS =
      List.of(
          "A man is eating food.",
          "A man is eating a piece of bread.",
          "A man is eating pasta.",
          "The girl is carrying a baby.",
          "The baby is carried by the woman",
          "A man is riding a horse.",
          "A man is riding a white horse on an enclosed ground.",
          "A monkey is playing drums.",
          "Someone in a gorilla costume is playing a set of drums.",
          "A cheetah is running behind its prey.",
          "A cheetah chases prey on across a field.");

  /** Prints the clusters of both methods. */
  public static void main(String[] args) {
    try (SentenceEncoder encoder = SentenceEncoder.load("all-MiniLM-L6-v2")) {
      float[][] embeddings = encoder.encode(CORPUS);
      System.out.println("k-means:");
      clusters(new KMeans(5).cluster(embeddings).assignments()).forEach(System.out::println);
      System.out.println("agglomerative:");
      clusters(agglomerative(embeddings)).forEach(System.out::println);
    }
  }

  static int[] agglomerative(float[][] embeddings) {
    return new AgglomerativeClustering(AgglomerativeClustering.Linkage.WARD)
        .cluster(embeddings)
        .cut(5);
  }

  static List<String> corpus() {
    return CORPUS;
  }

  /** Sentences of the corpus by their clusters. */
  static List<List<String>> clusters(int[] assignments) {
    Map<Integer, List<String>> clusters = new TreeMap<>();
    for (int i = 0; i < assignments.length; i++) {
      clusters.computeIfAbsent(assignments[i], any -> new ArrayList<>()).add(CORPUS.get(i));
    }
    return List.copyOf(clusters.values());
  }
}
