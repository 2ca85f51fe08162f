package io.sentencestreams.model.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.sentencestreams.model.search.SemanticSearch.Hit;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SemanticSearchTest {
  @ParameterizedTest
  @CsvSource({"1, 1, 5, 3", "127, 33, 7, 10", "128, 32, 8, 128", "300, 70, 13, 500"})
  void shouldFindWhatBruteForceFinds(int size, int queries, int dimension, int topK) {
    Random random = new Random(size);
    float[][] corpus = vectors(random, size, dimension);
    float[][] questions = vectors(random, queries, dimension);

    List<List<Hit>> found = new SemanticSearch(corpus).search(questions, topK);

    assertThat(found).hasSize(queries);
    for (int q = 0; q < queries; q++) {
      float[] question = questions[q];
      List<Integer> expected =
          IntStream.range(0, size)
              .boxed()
              .sorted(Comparator.comparingDouble(i -> -cosine(question, corpus[i])))
              .limit(topK)
              .toList();
      assertThat(found.get(q)).extracting(Hit::index).containsExactlyElementsOf(expected);
      for (Hit hit : found.get(q)) {
        assertThat((double) hit.score())
            .isCloseTo(cosine(question, corpus[hit.index()]), within(1e-5));
      }
    }
  }

  @Test
  void shouldKeepTheOrderOfTheCorpusAmongEqualScores() {
    float[][] corpus = {{0, 2}, {1, 0}, {0, 1}, {0, 3}};
    assertThat(new SemanticSearch(corpus).search(new float[][] {{0, 5}}, 3).get(0))
        .containsExactly(new Hit(0, 1), new Hit(2, 1), new Hit(3, 1));
  }

  @Test
  void shouldFindNothingInAnEmptyCorpus() {
    assertThat(new SemanticSearch(new float[0][]).search(new float[][] {{1}}, 3))
        .containsExactly(List.of());
  }

  @Test
  void shouldRefuseVectorsThatCannotBeCompared() {
    SemanticSearch search = new SemanticSearch(new float[][] {{1, 0}});
    assertThatThrownBy(() -> search.search(new float[][] {{1, 0, 0}}, 1))
        .hasMessage("the queries have 3 dimensions, the corpus 2");
    assertThatThrownBy(() -> search.search(new float[][] {{1, 0}, {Float.NaN, 0}}, 1))
        .hasMessage("vector 1 has a value that is not finite");
    assertThatThrownBy(() -> new SemanticSearch(new float[][] {{1, 0}, {1}}))
        .hasMessage("vector 1 has 1 dimensions, not 2");
  }

  static float[][] vectors(Random random, int size, int dimension) {
    float[][] vectors = new float[size][dimension];
    for (float[] vector : vectors) {
      for (int d = 0; d < dimension; d++) {
        vector[d] = (float) random.nextGaussian();
      }
    }
    return vectors;
  }

  static double cosine(float[] a, float[] b) {
    double dot = 0;
    double aa = 0;
    double bb = 0;
    for (int d = 0; d < a.length; d++) {
      dot += (double) a[d] * b[d];
      aa += (double) a[d] * a[d];
      bb += (double) b[d] * b[d];
    }
    return dot / Math.sqrt(aa * bb);
  }
}
