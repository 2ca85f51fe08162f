package io.sentencestreams.model.clustering;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.sentencestreams.model.clustering.KMeans.Clustering;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class KMeansTest {
  @Test
  void shouldRecoverWellSeparatedClusters() {
    int clusters = 150;
    Random random = new Random(3);
    float[][] vectors = new float[600][clusters];
    for (int i = 0; i < vectors.length; i++) {
      for (int d = 0; d < clusters; d++) {
        vectors[i][d] = (float) (0.01 * random.nextGaussian()) + (d == i % clusters ? i + 1 : 0);
      }
    }

    Clustering found = new KMeans(clusters, 4, 100, 7).cluster(vectors);

    Set<Integer> names = new HashSet<>();
    for (int i = 0; i < clusters; i++) {
      int cluster = found.assignments()[i];
      names.add(cluster);
      int first = i;
      assertThat(IntStream.range(0, 4).map(n -> found.assignments()[first + n * clusters]))
          .containsOnly(cluster);
    }
    assertThat(names).hasSize(clusters);
    assertThat(found.meanSimilarity()).isGreaterThan(0.99);
  }

  @Test
  void shouldAssignEachRowToItsNearestCentroid() {
    float[][] vectors = {{1, 0}, {1, 0.1f}, {0, 1}, {0.1f, 1}, {-1, 0}};
    Clustering found = new KMeans(2).cluster(vectors);
    for (int i = 0; i < vectors.length; i++) {
      float[] own = found.centroids()[found.assignments()[i]];
      float[] other = found.centroids()[1 - found.assignments()[i]];
      assertThat(dot(own, vectors[i])).isGreaterThanOrEqualTo(dot(other, vectors[i]));
      assertThat((double) dot(own, own)).isCloseTo(1, within(1e-5));
    }
  }

  @Test
  void shouldGiveTheSameClustersForTheSameSeed() {
    Random random = new Random(5);
    float[][] vectors = new float[200][8];
    for (float[] vector : vectors) {
      for (int d = 0; d < vector.length; d++) {
        vector[d] = (float) random.nextGaussian();
      }
    }
    Clustering once = new KMeans(9).cluster(vectors);
    assertThat(new KMeans(9).cluster(vectors).assignments()).isEqualTo(once.assignments());
    assertThat(once.assignments()).contains(0, 1, 2, 3, 4, 5, 6, 7, 8);
  }

  @Test
  void shouldLeaveClustersEmptyRatherThanFailWhenRowsAreEqual() {
    Clustering found = new KMeans(3).cluster(new float[][] {{1, 0}, {1, 0}, {1, 0}, {0, 0}});
    assertThat(found.assignments()).hasSize(4);
    assertThat(found.meanSimilarity()).isFinite();
  }

  @Test
  void shouldRefuseMoreClustersThanTexts() {
    assertThatThrownBy(() -> new KMeans(3).cluster(new float[][] {{1}, {2}}))
        .hasMessage("2 texts cannot be put into 3 clusters");
    assertThatThrownBy(() -> new KMeans(0)).isInstanceOf(IllegalArgumentException.class);
  }

  private static float dot(float[] a, float[] b) {
    return a[0] * b[0] + a[1] * b[1];
  }
}
