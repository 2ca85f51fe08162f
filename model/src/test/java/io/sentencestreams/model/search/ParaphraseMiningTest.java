package io.sentencestreams.model.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import io.sentencestreams.model.ApplicationGoldens;
import java.io.IOException;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ParaphraseMiningTest {
  @Test
  void shouldFindThePairsOfTheReference() throws IOException {
    ApplicationGoldens golden = ApplicationGoldens.read();
    List<DuplicateFinder.Pair> pairs = ParaphraseMining.find(golden.embeddings(), 4, 60);
    JsonNode expected = golden.at("/paraphrases");
    assertThat(pairs).hasSize(expected.size()).hasSize(60);
    for (int i = 0; i < pairs.size(); i++) {
      JsonNode pair = expected.path(i);
      assertThat(pairs.get(i).score()).isCloseTo((float) pair.path(0).asDouble(), within(1e-5f));
      assertThat(pairs.get(i).first()).isEqualTo(pair.path(1).asInt());
      assertThat(pairs.get(i).second()).isEqualTo(pair.path(2).asInt());
    }
  }

  @Test
  void shouldFindTheMostSimilarOfAllPairsOverSeveralChunks() {
    Random random = new Random(9);
    float[][] rows = new float[2500][5];
    for (float[] row : rows) {
      for (int d = 0; d < row.length; d++) {
        row[d] = (float) random.nextGaussian();
      }
    }
    List<DuplicateFinder.Pair> all = DuplicateFinder.find(rows, 0.99f).pairs();
    assertThat(all).hasSizeGreaterThan(100);
    assertThat(ParaphraseMining.find(rows, 200, 100)).isEqualTo(all.subList(0, 100));
  }

  @Test
  void shouldRefuseNoNeighbours() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ParaphraseMining.find(new float[2][2], 0, 1));
    assertThat(ParaphraseMining.find(new float[0][], 1, 1)).isEmpty();
  }
}
