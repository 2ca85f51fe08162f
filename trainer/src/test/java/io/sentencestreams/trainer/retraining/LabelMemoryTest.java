package io.sentencestreams.trainer.retraining;

import static org.assertj.core.api.Assertions.assertThat;

import io.sentencestreams.schemas.labels.Label;
import io.sentencestreams.schemas.labels.Label.Inference;
import io.sentencestreams.trainer.retraining.LabelMemory.Known;
import java.util.List;
import org.junit.jupiter.api.Test;

class LabelMemoryTest {
  private final LabelMemory memory = new LabelMemory();

  @Test
  void shouldLetTheLaterOfTwoContradictingLabelsCountWhicheverComesFirst() {
    memory.add("sts", new Label.ScoredPair("a", "b", 0.2), 10);
    memory.add("sts", new Label.ScoredPair("b", "a", 0.9), 20);
    memory.add("sts", new Label.ScoredPair("a", "b", 0.5), 15);
    assertThat(memory.fresh().values())
        .extracting(Known::label)
        .containsExactly(new Label.ScoredPair("b", "a", 0.9));
    assertThat(memory.counts("sts").contradicted()).isEqualTo(2);
    assertThat(memory.counts("sts").repeated()).isZero();
  }

  @Test
  void shouldKnowALabelThatIsReadAgain() {
    memory.add("sts", new Label.ScoredPair("a", "b", 0.2), 10);
    memory.add("sts", new Label.ScoredPair("b", "a", 0.2), 20);
    memory.commit(List.of());
    memory.add("sts", new Label.ScoredPair("a", "b", 0.2), 10);
    assertThat(memory.fresh()).isEmpty();
    assertThat(memory.counts("sts").repeated()).isEqualTo(1);
  }

  @Test
  void shouldReplaceAUsedLabelThatANewOneContradicts() {
    memory.add("sts", new Label.ScoredPair("a", "b", 0.2), 10);
    memory.commit(List.of());
    memory.add("sts", new Label.ScoredPair("a", "b", 0.9), 20);
    assertThat(memory.fresh()).hasSize(1);
    assertThat(memory.replayable()).isEmpty();
    memory.commit(List.of());
    assertThat(memory.replayable().values())
        .extracting(Known::label)
        .containsExactly(new Label.ScoredPair("a", "b", 0.9));
  }

  @Test
  void shouldNotTakeInferencesOfOppositeDirectionsForAContradiction() {
    memory.add("nli", new Label.NliPair("a", "b", Inference.ENTAILMENT), 10);
    memory.add("nli", new Label.NliPair("b", "a", Inference.NEUTRAL), 20);
    memory.add("nli", new Label.NliPair("a", "b", Inference.NEUTRAL), 30);
    assertThat(memory.fresh()).hasSize(2);
    assertThat(memory.counts("nli").contradicted()).isEqualTo(1);
  }

  @Test
  void shouldKeepTasksApart() {
    memory.add("one", new Label.ScoredPair("a", "b", 0.2), 10);
    memory.add("other", new Label.ScoredPair("a", "b", 0.9), 20);
    assertThat(memory.fresh()).hasSize(2);
    assertThat(memory.counts("other").contradicted()).isZero();
  }

  @Test
  void shouldGiveUpTheOldestBeyondTheLimit() {
    for (int i = 0; i < 5; i++) {
      memory.add("s", new Label.LabelledSentence("text " + i, "x"), 100 - i);
    }
    List<String> surplus = memory.surplus(3);
    assertThat(surplus).hasSize(2);
    memory.commit(surplus);
    assertThat(memory.replayable().values())
        .extracting(Known::timestamp)
        .containsOnly(100L, 99L, 98L);
  }
}
