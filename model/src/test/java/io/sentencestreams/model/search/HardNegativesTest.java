package io.sentencestreams.model.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.fasterxml.jackson.databind.JsonNode;
import io.sentencestreams.model.ApplicationGoldens;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

class HardNegativesTest {
  private static final OptionalDouble NONE = OptionalDouble.empty();
  private static final int QUERIES = 30;

  private static void compare(String name, HardNegatives settings) throws IOException {
    ApplicationGoldens golden = ApplicationGoldens.read();
    float[][] corpus = golden.embeddings();
    int[][] positives = new int[QUERIES][];
    Arrays.setAll(positives, i -> new int[] {i + QUERIES});
    List<HardNegatives.Mined> mined =
        settings.mine(Arrays.copyOf(corpus, QUERIES), positives, corpus);
    JsonNode expected = golden.at("/negatives/" + name);
    assertThat(expected).isNotEmpty();
    for (int i = 0; i < QUERIES; i++) {
      int[] rows = mined.get(i).negatives().stream().mapToInt(SemanticSearch.Hit::index).toArray();
      assertThat(rows)
          .as("%s, query %d", name, i)
          .containsExactly(ApplicationGoldens.ints(expected.path(Integer.toString(i))));
    }
  }

  @Test
  void shouldMineTheNearestThatAreNoPositivesAsTheReferenceDoes() throws IOException {
    compare("plain", new HardNegatives(3));
  }

  @Test
  void shouldKeepToRanksAndScoresAsTheReferenceDoes() throws IOException {
    compare(
        "bounded",
        new HardNegatives(2, 2, 20, OptionalDouble.of(-0.2), OptionalDouble.of(0.8), NONE, NONE));
  }

  @Test
  void shouldKeepItsDistanceFromThePositiveAsTheReferenceDoes() throws IOException {
    compare(
        "margins",
        new HardNegatives(2, 0, 0, NONE, NONE, OptionalDouble.of(0.05), OptionalDouble.of(0.1)));
  }

  @Test
  void shouldMeasureMarginsFromTheLeastSimilarPositive() {
    float[][] corpus = {{1, 0}, {1, 1}, {1, 0.9f}, {0, 1}};
    HardNegatives settings = new HardNegatives(3, 0, 0, NONE, NONE, OptionalDouble.of(0), NONE);
    HardNegatives.Mined mined =
        settings.mine(new float[][] {{1, 0}}, new int[][] {{0, 1}}, corpus).get(0);
    // Row 2 is nearer than the positive row 1.
    assertThat(mined.negatives()).extracting(SemanticSearch.Hit::index).containsExactly(3);
    assertThat(mined.positive()).isBetween(0.707f, 0.7072f);
  }

  @Test
  void shouldRefuseAQueryWithoutPositives() {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> new HardNegatives(1).mine(new float[1][2], new int[1][0], new float[2][2]))
        .withMessageContaining("query 0 needs positives");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new HardNegatives(5, 3, 6, NONE, NONE, NONE, NONE))
        .withMessageContaining("no room for 5 negatives");
  }
}
