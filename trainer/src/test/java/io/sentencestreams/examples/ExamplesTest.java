package io.sentencestreams.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.sentencestreams.model.SentenceEncoder;
import io.sentencestreams.model.clustering.KMeans;
import io.sentencestreams.model.search.SemanticSearch;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The sentences of the reference's own examples, on the real default model. */
class ExamplesTest {
  /** Places in the corpus, by what is in them. */
  private static final int FOOD = 0;

  private static final int DRUMS = 7;
  private static final int CHEETAH = 8;

  @Test
  void shouldFindTheFirstNeighboursOfTheReference() {
    Map<String, List<SemanticSearch.Hit>> found = SemanticSearchExample.search(3);
    assertThat(found.values()).allSatisfy(hits -> assertThat(hits).hasSize(3));
    assertThat(found.values())
        .extracting(hits -> hits.get(0).index())
        .containsExactly(FOOD, DRUMS, CHEETAH);
  }

  @Test
  void shouldFindTheFiveClustersOfTheReferenceByEitherMethod() {
    List<String> corpus = ClusteringExample.corpus();
    List<List<String>> expected =
        List.of(
            corpus.subList(0, 3),
            corpus.subList(3, 5),
            corpus.subList(5, 7),
            corpus.subList(7, 9),
            corpus.subList(9, 11));
    try (SentenceEncoder encoder = SentenceEncoder.load("all-MiniLM-L6-v2")) {
      float[][] embeddings = encoder.encode(corpus);
      assertThat(ClusteringExample.clusters(new KMeans(5).cluster(embeddings).assignments()))
          .containsExactlyInAnyOrderElementsOf(expected);
      assertThat(ClusteringExample.clusters(ClusteringExample.agglomerative(embeddings)))
          .containsExactlyElementsOf(expected);
    }
  }
}
