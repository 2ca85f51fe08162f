package io.sentencestreams.model.window;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ContentRouterTest {
  @ParameterizedTest
  @CsvSource({
    "1, 384, 0.9",
    "4, 384, 0.9",
    "12, 384, 0.95",
    "12, 384, 0.8",
    "32, 384, 0.9",
    "32, 384, 0.7",
    "4, 16, 0.9",
    "3, 2, 0.9"
  })
  void shouldLetTheLaterOfNearDuplicatesFindTheEarlierAtItsHome(
      int partitions, int dimension, float threshold) {
    float[][] vectors = TestVectors.clustered(new Random(1), 3000, dimension);
    ContentRouter router = router(vectors, partitions, threshold);
    Random random = new Random(2);
    int met = 0;
    for (float[] earlier : vectors) {
      float[] later = TestVectors.near(random, earlier, threshold);
      int home = router.route(earlier).home();
      Route route = router.route(later);
      met += home == route.home() || Arrays.binarySearch(route.probes(), home) >= 0 ? 1 : 0;
    }
    assertThat(met / (double) vectors.length).isGreaterThanOrEqualTo(0.998);
  }

  @Test
  void shouldSpreadVectorsAndProbeFewPartitions() {
    int partitions = 12;
    float[][] vectors = TestVectors.clustered(new Random(3), 3000, 384);
    ContentRouter router = router(vectors, partitions, 0.95f);
    int[] load = new int[partitions];
    int probes = 0;
    for (float[] vector : vectors) {
      Route route = router.route(vector);
      load[route.home()]++;
      probes += route.probes().length;
      assertThat(route.probes()).isSorted().doesNotContain(route.home());
    }
    assertThat(Arrays.stream(load).min().orElseThrow()).isPositive();
    assertThat(Arrays.stream(load).max().orElseThrow()).isLessThan(3 * vectors.length / partitions);
    assertThat(probes / (double) vectors.length).isLessThan(partitions / 2.0);
  }

  @Test
  void shouldRouteAlikeOnEveryInstance() {
    float[][] vectors = TestVectors.clustered(new Random(4), 1000, 64);
    ContentRouter one = router(vectors, 7, 0.9f);
    ContentRouter other = router(vectors, 7, 0.9f);
    for (float[] vector : vectors) {
      Route route = one.route(vector);
      assertThat(other.route(vector)).usingRecursiveComparison().isEqualTo(route);
      assertThat(one.route(FixedPointVector.of(vector)))
          .usingRecursiveComparison()
          .isEqualTo(route);
    }
  }

  @Test
  void shouldWorkWithAnAnchorForEachPartitionAndWithEqualOnes() {
    float[] vector = {1, 2, 3};
    ContentRouter router = new ContentRouter(new float[][] {vector, vector, vector}, 3, 0.9f);

    Route route = router.route(vector);
    assertThat(route.probes()).hasSize(2);
    assertThat(IntStream.concat(IntStream.of(route.home()), Arrays.stream(route.probes())).sorted())
        .containsExactly(0, 1, 2);
  }

  @Test
  void shouldRefuseWhatItCannotRoute() {
    float[][] anchors = {{1, 0}, {0, 1}};

    assertThatThrownBy(() -> new ContentRouter(anchors, 3, 0.9f))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("2 anchors for 3 partitions");
    assertThatThrownBy(() -> new ContentRouter(new float[][] {{1, 0}, {1}}, 2, 0.9f))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("anchor 1 has 1 dimensions");
    assertThatThrownBy(() -> new ContentRouter(anchors, 2, 0.9f).route(new short[3]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("3 dimensions among anchors of 2");
  }

  private static ContentRouter router(float[][] vectors, int partitions, float threshold) {
    Random random = new Random(5);
    float[][] anchors = new float[256][];
    Arrays.setAll(anchors, i -> vectors[random.nextInt(vectors.length)]);
    return new ContentRouter(anchors, partitions, threshold);
  }
}
