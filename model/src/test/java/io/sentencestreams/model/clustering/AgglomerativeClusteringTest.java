package io.sentencestreams.model.clustering;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import io.sentencestreams.model.ApplicationGoldens;
import io.sentencestreams.model.clustering.AgglomerativeClustering.Linkage;
import io.sentencestreams.model.clustering.AgglomerativeClustering.Merge;
import io.sentencestreams.model.clustering.AgglomerativeClustering.Tree;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class AgglomerativeClusteringTest {
  @ParameterizedTest
  @EnumSource
  void shouldCutAsScikitLearnDoes(Linkage linkage) throws IOException {
    ApplicationGoldens golden = ApplicationGoldens.read();
    String name = linkage.name().toLowerCase(Locale.ROOT);
    Tree tree = new AgglomerativeClustering(linkage).cluster(golden.embeddings());
    int[] expected = ApplicationGoldens.ints(golden.at("/agglomerative/" + name));
    assertThat(tree.cut(6)).containsExactly(expected);
    JsonNode at = golden.at("/at/" + name);
    assertThat(tree.cutAt(at.path("distance").asDouble()))
        .containsExactly(ApplicationGoldens.ints(at.path("labels")));
  }

  @ParameterizedTest
  @EnumSource
  void shouldJoinAtTheDistancesThatTheDefinitionGives(Linkage linkage) {
    Random random = new Random(3);
    float[][] rows = new float[40][6];
    for (float[] row : rows) {
      double squares = 0;
      for (int d = 0; d < row.length; d++) {
        row[d] = (float) random.nextGaussian();
        squares += row[d] * row[d];
      }
      for (int d = 0; d < row.length; d++) {
        row[d] /= (float) Math.sqrt(squares);
      }
    }
    List<Merge> merges = new AgglomerativeClustering(linkage).cluster(rows).merges();
    List<List<Integer>> clusters = new ArrayList<>();
    for (int i = 0; i < rows.length; i++) {
      clusters.add(new ArrayList<>(List.of(i)));
    }
    for (Merge merge : merges) {
      int a = 0;
      int b = 1;
      for (int i = 0; i < clusters.size(); i++) {
        for (int j = i + 1; j < clusters.size(); j++) {
          if (distance(linkage, rows, clusters.get(i), clusters.get(j))
              < distance(linkage, rows, clusters.get(a), clusters.get(b))) {
            a = i;
            b = j;
          }
        }
      }
      assertThat(merge.distance())
          .isCloseTo(distance(linkage, rows, clusters.get(a), clusters.get(b)), within(2e-4));
      clusters.get(a).addAll(clusters.remove(b));
    }
    assertThat(clusters).hasSize(1);
  }

  /** By the definition, from the rows themselves. */
  private static double distance(
      Linkage linkage, float[][] rows, List<Integer> a, List<Integer> b) {
    if (linkage == Linkage.WARD) {
      double[] first = mean(rows, a);
      double[] second = mean(rows, b);
      double squares = 0;
      for (int d = 0; d < first.length; d++) {
        squares += (first[d] - second[d]) * (first[d] - second[d]);
      }
      return Math.sqrt(2.0 * a.size() * b.size() / (a.size() + b.size()) * squares);
    }
    double sum = 0;
    double least = Double.POSITIVE_INFINITY;
    double greatest = 0;
    for (int i : a) {
      for (int j : b) {
        double dot = 0;
        for (int d = 0; d < rows[i].length; d++) {
          dot += (double) rows[i][d] * rows[j][d];
        }
        sum += 1 - dot;
        least = Math.min(least, 1 - dot);
        greatest = Math.max(greatest, 1 - dot);
      }
    }
    return switch (linkage) {
      case SINGLE -> least;
      case COMPLETE -> greatest;
      default -> sum / a.size() / b.size();
    };
  }

  private static double[] mean(float[][] rows, List<Integer> members) {
    double[] mean = new double[rows[0].length];
    for (int i : members) {
      for (int d = 0; d < mean.length; d++) {
        mean[d] += (double) rows[i][d] / members.size();
      }
    }
    return mean;
  }

  @Test
  void shouldJoinRowsThatAreEqual() {
    float[][] rows = {{1, 0}, {2, 0}, {0, 1}, {0, 3}, {0, 1}};
    Tree tree = new AgglomerativeClustering(Linkage.AVERAGE).cluster(rows);
    assertThat(tree.cutAt(0.5)).containsExactly(0, 0, 1, 1, 1);
    assertThat(tree.cut(1)).containsOnly(0);
    assertThat(tree.cut(5)).containsExactly(0, 1, 2, 3, 4);
    assertThat(new AgglomerativeClustering(Linkage.WARD).cluster(new float[1][3]).cut(1))
        .containsExactly(0);
  }

  @Test
  void shouldRefuseWhatItCannotCluster() {
    AgglomerativeClustering clustering = new AgglomerativeClustering(Linkage.WARD);
    assertThatIllegalArgumentException().isThrownBy(() -> clustering.cluster(new float[0][]));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> clustering.cluster(new float[2][3]).cut(3))
        .withMessageContaining("2 rows cannot be in 3 clusters");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> clustering.cluster(new float[10_000_000][]))
        .withMessageContaining("10000000 rows have distances of");
  }
}
