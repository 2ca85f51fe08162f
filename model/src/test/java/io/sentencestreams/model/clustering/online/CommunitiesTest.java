package io.sentencestreams.model.clustering.online;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class CommunitiesTest {
  private static final int CLIQUES = 6;
  private static final int SIZE = 5;

  /** A ring of cliques, each tied to the next by one edge. */
  private static Graph ring() {
    Graph.Builder builder = new Graph.Builder(CLIQUES * SIZE);
    for (int clique = 0; clique < CLIQUES; clique++) {
      int first = clique * SIZE;
      for (int a = 0; a < SIZE; a++) {
        for (int b = 0; b < a; b++) {
          builder.tie(first + a, first + b, 1);
        }
      }
      builder.tie(first, (first + SIZE) % (CLIQUES * SIZE) + 1, 1);
    }
    return builder.build();
  }

  private static int[] singles(int size) {
    int[] parts = new int[size];
    Arrays.setAll(parts, i -> i);
    return parts;
  }

  private static int[] cliques() {
    int[] parts = new int[CLIQUES * SIZE];
    Arrays.setAll(parts, i -> i / SIZE);
    return parts;
  }

  @Test
  void shouldFindTheCliquesOfARingFromWhateverStart() {
    Graph graph = ring();
    assertThat(Communities.find(graph, singles(graph.size()), 1)).isEqualTo(cliques());
    assertThat(Communities.find(graph, new int[graph.size()], 1)).isEqualTo(cliques());
  }

  @Test
  void shouldLeaveApartWhatIsNotTied() {
    Graph.Builder builder = new Graph.Builder(4);
    builder.tie(0, 2, 1);
    assertThat(Communities.find(builder.build(), singles(4), 1)).isEqualTo(new int[] {0, 1, 0, 2});
  }

  @Test
  void shouldHoldAGroupTogetherByItsAnchorWhereTiesAreWeak() {
    int[] start = {0, 0, 1, 1, 0};
    Graph.Builder loose = new Graph.Builder(5);
    loose.tie(0, 2, 1);
    loose.tie(1, 3, 1);
    assertThat(Communities.find(loose.build(), start, 1)[0])
        .isNotEqualTo(Communities.find(loose.build(), start, 1)[1]);
    Graph.Builder held = new Graph.Builder(5);
    held.tie(0, 2, 1);
    held.tie(1, 3, 1);
    held.anchor(0, 4, 3);
    held.anchor(1, 4, 3);
    int[] found = Communities.find(held.build(), start, 1);
    assertThat(found[0]).isEqualTo(found[1]);
  }

  @Test
  void shouldFindAResolutionBetweenTheTiesWithinPartsAndThoseBetween() {
    Graph graph = ring();
    // 60 ties within and 6 between; each part has a sixth of all degrees.
    double inner = 60 / 66.0 * 6;
    double outer = 6 / 66.0 / (1 - 1 / 6.0);
    assertThat(graph.resolution(cliques()))
        .isBetween(outer, inner)
        .isCloseTo(
            (inner - outer) / Math.log(inner / outer),
            org.assertj.core.api.Assertions.within(1e-9));
    assertThat(graph.resolution(new int[graph.size()])).isNaN();
  }
}
