package io.sentencestreams.trainer.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

/** Against the figures of scikit-learn 1.9. */
class ClusteringScoresTest {
  private static final Offset<Double> CLOSE = within(1e-12);

  @Test
  void shouldScoreAsScikitLearnDoes() {
    ClusteringScores scores =
        ClusteringScores.of(
            new long[] {0, 0, 0, 1, 1, 2, 2, 2, 2, 3}, new long[] {0, 0, 1, 1, 1, 2, 2, 3, 2, 3});
    assertThat(scores.homogeneity()).isCloseTo(0.7424834172925049, CLOSE);
    assertThat(scores.completeness()).isCloseTo(0.6955783662522447, CLOSE);
    assertThat(scores.vMeasure()).isCloseTo(0.7182659441747596, CLOSE);
    assertThat(scores.adjustedRandIndex()).isCloseTo(0.4461538461538462, CLOSE);
    assertThat(scores.normalizedMutualInformation()).isCloseTo(0.7182659441747596, CLOSE);
  }

  @Test
  void shouldScoreOneClusterAndOneForEachRecordAsScikitLearnDoes() {
    long[] classes = {0, 0, 1, 1};
    ClusteringScores one = ClusteringScores.of(classes, new long[4]);
    assertThat(one).isEqualTo(new ClusteringScores(0, 1, 0, 0, 0));
    ClusteringScores each = ClusteringScores.of(classes, new long[] {5, 6, 7, 8});
    assertThat(each.homogeneity()).isCloseTo(1, CLOSE);
    assertThat(each.completeness()).isCloseTo(0.5, CLOSE);
    assertThat(each.vMeasure()).isCloseTo(2 / 3.0, CLOSE);
    assertThat(each.adjustedRandIndex()).isZero();
  }

  @Test
  void shouldSayThatEveryRecordNeedsOneOfEach() {
    assertThatThrownBy(() -> ClusteringScores.of(new long[2], new long[3]))
        .hasMessageContaining("2 classes and 3 clusters");
  }
}
