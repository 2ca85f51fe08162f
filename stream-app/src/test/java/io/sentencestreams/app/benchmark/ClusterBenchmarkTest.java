package io.sentencestreams.app.benchmark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Collections;
import org.junit.jupiter.api.Test;

class ClusterBenchmarkTest {
  @Test
  void shouldCountThePairsThatStayTogetherAndNoneOfNoise() {
    // Pairs before: three in cluster 1, one in 2; after: one of the three is left, none in noise.
    long[] before = {1, 1, 1, 2, 2, 0, 0};
    long[] after = {1, 1, 3, 0, 0, 4, 4};
    assertThat(ClusterBenchmark.stability(before, after)).isCloseTo(0.25, within(1e-12));
    assertThat(ClusterBenchmark.stability(new long[3], new long[3])).isNaN();
  }

  @Test
  void shouldKeepTwoTopicsApartWithTheSameIdsThroughTheStream() {
    float[][] vectors = new float[200][];
    for (int i = 0; i < vectors.length; i++) {
      vectors[i] = i % 2 == 0 ? new float[] {1, 0.001f * i} : new float[] {0.001f * i, -1};
    }
    ClusterBenchmark.Result result =
        ClusterBenchmark.run(vectors, Collections.nCopies(200, "text"), 1000, 10, 50);
    assertThat(result.clusters()).isEqualTo(2);
    assertThat(result.atArrival()[0]).isZero();
    assertThat(result.atArrival()[198]).isNotZero().isNotEqualTo(result.atArrival()[199]);
    assertThat(result.stability()[8]).isEqualTo(1);
    assertThat(result.kept()[8]).isEqualTo(1);
  }
}
