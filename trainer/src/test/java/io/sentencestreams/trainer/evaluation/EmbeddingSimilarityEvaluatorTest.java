package io.sentencestreams.trainer.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.sentencestreams.trainer.data.SentencePair;
import io.sentencestreams.trainer.evaluation.EmbeddingSimilarityEvaluator.Result;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class EmbeddingSimilarityEvaluatorTest {
  private static final Map<String, float[]> EMBEDDINGS =
      Map.of(
          "a", new float[] {1, 0},
          "b", new float[] {1, 1},
          "c", new float[] {0, 1},
          "d", new float[] {-1, 2});

  private static final List<SentencePair> PAIRS =
      List.of(
          new SentencePair("a", "b", 3),
          new SentencePair("b", "c", 3),
          new SentencePair("a", "c", 1),
          new SentencePair("c", "d", 4.5),
          new SentencePair("a", "d", 0));

  // The expected values are those of scipy.stats.pearsonr and spearmanr.
  @Test
  void shouldAgreeWithScipyOnSimilaritiesOfPairs() {
    List<String> encoded = new ArrayList<>();
    Result result =
        new EmbeddingSimilarityEvaluator(PAIRS)
            .evaluate(
                texts -> {
                  encoded.addAll(texts);
                  return texts.stream().map(EMBEDDINGS::get).toArray(float[][]::new);
                });
    assertThat(encoded).containsExactly("a", "b", "c", "d");
    assertThat(result.pairs()).isEqualTo(5);
    assertThat(result.pearson()).isCloseTo(0.974590402979265, within(1e-12));
    assertThat(result.spearman()).isCloseTo(1.0, within(1e-12));
  }

  @Test
  void shouldAgreeWithScipyWhereValuesAreTied() {
    double[] x = {1.0, 2.5, 2.5, -3.0, 7.0, 2.5, 0.0};
    double[] y = {0.2, 4.0, 3.0, 3.0, 5.0, 0.2, 1.0};
    assertThat(Correlation.ranks(x)).containsExactly(3, 5, 5, 1, 7, 5, 2);
    assertThat(Correlation.pearson(x, y)).isCloseTo(0.4304622141537009, within(1e-12));
    assertThat(Correlation.spearman(x, y)).isCloseTo(0.45291081365783836, within(1e-12));
  }

  @Test
  void shouldHaveNoCorrelationWithAConstant() {
    assertThat(Correlation.spearman(new double[] {1, 1, 1}, new double[] {1, 2, 3})).isNaN();
  }

  @Test
  void shouldRefuseAnEncoderThatLosesTexts() {
    assertThatThrownBy(
            () -> new EmbeddingSimilarityEvaluator(PAIRS).evaluate(texts -> new float[3][2]))
        .hasMessage("the encoder gave 3 embeddings for 4 texts");
  }
}
