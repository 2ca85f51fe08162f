package io.sentencestreams.model.clustering.online;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class TellingTermsTest {
  private static final List<String> STOP_WORDS = List.of("the", "to", "of", "as", "in", "and");

  @Test
  void shouldTellClustersLargeAndSmallByTheirOwnWordsAndNeverByStopWords() {
    Random random = new Random(5);
    List<Map<String, Double>> clusters = new ArrayList<>();
    for (int c = 0; c < 30; c++) {
      clusters.add(cluster(c, c % 3 == 0 ? 4 : 40, random));
    }

    TellingTerms telling = new TellingTerms(clusters);

    for (int c = 0; c < clusters.size(); c++) {
      String own = "own" + c + "x";
      int words = (int) clusters.get(c).keySet().stream().filter(w -> w.startsWith(own)).count();
      assertThat(telling.of(clusters.get(c), words))
          .as("cluster %d", c)
          .allMatch(word -> word.startsWith(own));
    }
  }

  /** Half of the texts hold each stop word, each holds a word of the subject's three. */
  private static Map<String, Double> cluster(int subject, int texts, Random random) {
    Map<String, Double> terms = new TreeMap<>();
    for (int text = 0; text < texts; text++) {
      for (String word : STOP_WORDS) {
        if (random.nextBoolean()) {
          terms.merge(word, 1.0, Double::sum);
        }
      }
      terms.merge("own" + subject + "x" + random.nextInt(3), 1.0, Double::sum);
    }
    return terms;
  }

  @Test
  void shouldRatherTellAClusterByAWordOfItsOwnThanByOneThatManyShare() {
    List<Map<String, Double>> clusters = new ArrayList<>();
    for (int c = 0; c < 12; c++) {
      // Half of the clusters are in the first person.
      clusters.add(c < 6 ? Map.of("my", 18.0, "own" + c, 12.0) : Map.of("own" + c, 30.0));
    }

    for (int c = 0; c < 6; c++) {
      assertThat(new TellingTerms(clusters).of(clusters.get(c), 1)).containsExactly("own" + c);
    }
  }

  @Test
  void shouldTellTheOnlyClusterByItsMostFrequentWords() {
    Map<String, Double> only = Map.of("often", 5.0, "seldom", 1.0, "sometimes", 3.0);

    assertThat(new TellingTerms(List.of(only)).of(only, 2)).containsExactly("often", "sometimes");
  }

  @Test
  void shouldNotTellAClusterByAWordOfOneTextWhereAnotherIsInMany() {
    Map<String, Double> strikes = Map.of("strike", 20.0, "hapax", 1.0, "the", 18.0);
    Map<String, Double> storms = Map.of("storm", 30.0, "the", 27.0);

    assertThat(new TellingTerms(List.of(strikes, storms)).of(strikes, 1)).containsExactly("strike");
  }
}
