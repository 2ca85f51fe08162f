package io.sentencestreams.trainer.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SamplingTest {
  private static final TrainingData DATA =
      new TrainingData(
          "data",
          IntStream.range(0, 50)
              .mapToObj(i -> TrainingExample.labelled(i % 5, "anchor " + i % 7, "positive " + i))
              .toList());

  @Test
  void shouldGiveEachExampleOnceInAnOrderOfTheSeedAndTheEpoch() {
    List<int[]> batches = Sampling.SHUFFLED.batches(DATA, 8, 3, 0);
    assertThat(flat(batches)).containsExactlyInAnyOrder(IntStream.range(0, 50).toArray());
    assertThat(batches).hasSize(7);
    assertThat(flat(Sampling.SHUFFLED.batches(DATA, 8, 3, 0))).isEqualTo(flat(batches));
    assertThat(flat(Sampling.SHUFFLED.batches(DATA, 8, 3, 1))).isNotEqualTo(flat(batches));
    assertThat(flat(Sampling.SHUFFLED.batches(DATA, 8, 4, 0))).isNotEqualTo(flat(batches));
  }

  @Test
  void shouldNotHaveATextTwiceInABatch() {
    List<int[]> batches = Sampling.NO_DUPLICATES.batches(DATA, 8, 3, 0);
    for (int[] batch : batches) {
      Set<String> seen = new HashSet<>();
      for (int index : batch) {
        for (String text : DATA.examples().get(index).texts()) {
          assertThat(seen.add(text)).isTrue();
        }
      }
      assertThat(batch.length).isBetween(2, 7); // there are seven anchors
    }
    assertThat(flat(batches)).doesNotHaveDuplicates().hasSizeGreaterThan(45);
  }

  @Test
  void shouldEndWhereAllThatIsLeftHasATextInCommon() {
    TrainingData answers =
        new TrainingData(
            "answers",
            IntStream.range(0, 50_000)
                .mapToObj(i -> TrainingExample.of("question " + i, i < 3 ? "rare " + i : "usual"))
                .toList());
    List<int[]> batches = Sampling.NO_DUPLICATES.batches(answers, 8, 3, 0);
    assertThat(flat(batches)).contains(0, 1, 2).hasSizeBetween(4, 6);
  }

  @Test
  void shouldHavePositivesAndNegativesInEachBatchOfLabels() {
    List<int[]> batches = Sampling.GROUPED_BY_LABEL.batches(DATA, 6, 3, 0);
    for (int[] batch : batches) {
      float[] labels = new float[batch.length];
      for (int i = 0; i < batch.length; i++) {
        labels[i] = DATA.examples().get(batch[i]).label()[0];
      }
      assertThat(IntStream.range(0, labels.length).mapToObj(i -> labels[i]).distinct().count())
          .isBetween(2L, (long) labels.length - 1);
    }
    assertThat(flat(batches)).doesNotHaveDuplicates().hasSizeGreaterThan(40);
  }

  @Test
  void shouldSayThatNoBatchCanBeMade() {
    TrainingData alike =
        new TrainingData(
            "alike", List.of(TrainingExample.of("a", "b"), TrainingExample.of("a", "c")));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Sampling.NO_DUPLICATES.batches(alike, 8, 1, 0))
        .withMessageContaining("alike");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new TrainingData("empty.tsv", List.of()))
        .withMessageContaining("empty.tsv has no example");
  }

  private static int[] flat(List<int[]> batches) {
    return batches.stream().flatMapToInt(Arrays::stream).toArray();
  }
}
