package io.sentencestreams.examples;

import io.sentencestreams.model.SentenceEncoder;
import java.util.List;

/**
 * Embeds sentences and compares them.
 *
 * <pre>{@code
 * java -cp "stream-app/target/distribution/lib/*" \
 *   trainer/src/examples/java/io/sentencestreams/examples/BasicEmbedding.java
 * }</pre>
 */
public final class BasicEmbedding {
  private BasicEmbedding() {}

  /** Prints the first numbers of each embedding, and how similar the sentences are. */
  public static void main(String[] args) {
    List<String> sentences =
        List.of(
            "This framework generates embeddings for each input sentence.",
            "Sentences are passed as a list of strings.",
            "The quick brown fox jumps over the lazy dog.");
    try (SentenceEncoder encoder = SentenceEncoder.load("all-MiniLM-L6-v2")) {
      float[][] embeddings = encoder.encode(sentences);
      float[][] similarities = encoder.similarity(embeddings, embeddings);
      for (int i = 0; i < sentences.size(); i++) {
        System.out.println(sentences.get(i));
        System.out.printf(
            "  %d dimensions: %.4f %.4f ...%n",
            embeddings[i].length, embeddings[i][0], embeddings[i][1]);
        System.out.printf("  to the first sentence: %.4f%n", similarities[i][0]);
      }
    }
  }
}
