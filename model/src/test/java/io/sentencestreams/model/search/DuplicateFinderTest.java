package io.sentencestreams.model.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sentencestreams.model.search.DuplicateFinder.Duplicates;
import io.sentencestreams.model.search.DuplicateFinder.Pair;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class DuplicateFinderTest {
  @Test
  void shouldFindThePairsThatBruteForceFinds() {
    float[][] vectors = SemanticSearchTest.vectors(new Random(1), 300, 6);
    List<List<Integer>> expected = new ArrayList<>();
    for (int i = 0; i < vectors.length; i++) {
      for (int j = i + 1; j < vectors.length; j++) {
        if (SemanticSearchTest.cosine(vectors[i], vectors[j]) >= 0.9) {
          expected.add(List.of(i, j));
        }
      }
    }
    assertThat(expected).isNotEmpty();

    List<Pair> pairs = DuplicateFinder.find(vectors, 0.9f).pairs();

    assertThat(pairs)
        .extracting(pair -> List.of(pair.first(), pair.second()))
        .containsExactlyInAnyOrderElementsOf(expected);
    for (int i = 1; i < pairs.size(); i++) {
      assertThat(pairs.get(i).score()).isLessThanOrEqualTo(pairs.get(i - 1).score());
    }
  }

  @Test
  void shouldGroupWhatAChainOfPairsConnects() {
    float[][] vectors = {at(90), at(0), at(20), at(100), at(40), at(200)};
    Duplicates found = DuplicateFinder.find(vectors, (float) Math.cos(Math.toRadians(21)));
    assertThat(found.pairs()).extracting(Pair::first).containsExactlyInAnyOrder(0, 1, 2);
    assertThat(found.groups()).containsExactly(0, 1, 1, 0, 1, 5);
  }

  @Test
  void shouldFindNothingAmongNothing() {
    assertThat(DuplicateFinder.find(new float[0][], 0.5f).pairs()).isEmpty();
  }

  @Test
  void shouldRefuseAThresholdThatIsNoCosine() {
    assertThatThrownBy(() -> DuplicateFinder.find(new float[0][], 90))
        .hasMessage("threshold must be a cosine similarity from -1 to 1, not 90.0");
    assertThatThrownBy(() -> DuplicateFinder.find(new float[0][], Float.NaN))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private static float[] at(double degrees) {
    double radians = Math.toRadians(degrees);
    return new float[] {(float) Math.cos(radians), (float) Math.sin(radians)};
  }
}
