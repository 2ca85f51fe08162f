package io.sentencestreams.trainer.retraining;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.sentencestreams.schemas.labels.Label;
import io.sentencestreams.schemas.releases.ScoreChange;
import io.sentencestreams.trainer.data.TrainingData;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.apache.kafka.common.config.ConfigException;
import org.junit.jupiter.api.Test;

class RunPlanTest {
  private static Map<String, Object> properties() {
    Map<String, Object> properties = new HashMap<>();
    properties.put("bootstrap.servers", "localhost:1");
    properties.put("labels", "sts,pos");
    properties.put("labels.sts.kind", "scored-pairs");
    properties.put("labels.sts.max.score", "5");
    properties.put("labels.pos.kind", "positives");
    properties.put("releases.folder", "releases");
    properties.put("work.folder", "work");
    properties.put("guard.file", "guard.tsv");
    return properties;
  }

  private static LabelMemory memory(int used, int fresh) {
    LabelMemory memory = new LabelMemory();
    for (int i = 0; i < used + fresh; i++) {
      if (i == used) {
        memory.commit(List.of());
      }
      memory.add("sts", new Label.ScoredPair("one " + i, "two " + i, i % 6), i);
    }
    return memory;
  }

  @Test
  void shouldNeverTrainOnAPairThatIsHeldOutWhateverItsOrderTaskAndRun() {
    RetrainConfig config = new RetrainConfig(properties());
    Set<Set<String>> trained = new HashSet<>();
    Set<Set<String>> heldOut = new HashSet<>();
    for (boolean swapped : new boolean[] {false, true}) {
      LabelMemory memory = new LabelMemory();
      for (int i = 0; i < 2000; i++) {
        String one = (swapped ? "two " : "one ") + i;
        String two = (swapped ? "one " : "two ") + i;
        memory.add("sts", new Label.ScoredPair(one, two, 1), 0);
        memory.add("pos", new Label.PositiveExample(two, one, "no " + swapped), 0);
        if (i == 1000) {
          memory.commit(List.of());
        }
      }
      for (RunPlan.Part part : new RunPlan(config.tasks(), memory, config, "v").parts()) {
        part.trained().forEach(label -> trained.add(Set.copyOf(label.texts().subList(0, 2))));
        part.heldOut().forEach(label -> heldOut.add(Set.copyOf(label.texts().subList(0, 2))));
      }
    }
    assertThat(heldOut.size() / 2000.0).isCloseTo(0.1, within(0.02));
    assertThat(Collections.disjoint(trained, heldOut)).isTrue();
  }

  @Test
  void shouldPlanTheSameRunInWhateverOrderTheLabelsCame() {
    RetrainConfig config = new RetrainConfig(properties());
    List<Integer> order = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      order.add(i);
    }
    Set<String> digests = new HashSet<>();
    for (long seed = 0; seed < 3; seed++) {
      Collections.shuffle(order, new Random(seed));
      LabelMemory memory = new LabelMemory();
      order.forEach(i -> memory.add("sts", new Label.ScoredPair("one", "two " + i, 1), 0));
      RunPlan plan = new RunPlan(config.tasks(), memory, config, "v");
      digests.add(plan.accounts(memory).get(0).trainedSha256());
    }
    assertThat(digests).hasSize(1).doesNotContainNull();
  }

  @Test
  void shouldReplayAsManyOldLabelsAsTheRatioSaysAndOthersForAnotherModel() {
    Map<String, Object> properties = properties();
    properties.put("replay.ratio", "0.5");
    RetrainConfig config = new RetrainConfig(properties);
    LabelMemory memory = memory(1000, 100);
    RunPlan.Part part = new RunPlan(config.tasks(), memory, config, "a").parts().get(0);
    assertThat(part.replayed()).isEqualTo((part.fresh() + 1) / 2);
    assertThat(part.trained()).hasSize(part.fresh() + part.replayed());
    RunPlan.Part other = new RunPlan(config.tasks(), memory, config, "b").parts().get(0);
    assertThat(other.trained()).hasSameSizeAs(part.trained()).isNotEqualTo(part.trained());
    // All that is held out judges, of whatever run it came with.
    assertThat(part.heldOut().size() / 1100.0).isCloseTo(0.1, within(0.03));
  }

  @Test
  void shouldTrainOnAllOldLabelsIfThereIsNoNewOne() {
    RetrainConfig config = new RetrainConfig(properties());
    LabelMemory memory = memory(200, 0);
    memory.commit(List.of());
    RunPlan.Part part = new RunPlan(config.tasks(), memory, config, "a").parts().get(0);
    assertThat(part.trained().size() + part.heldOut().size()).isEqualTo(200);
  }

  @Test
  void shouldDivideScoresByTheGreatestAndKeepTripletsApart() {
    RetrainConfig config = new RetrainConfig(properties());
    LabelMemory memory = memory(0, 12);
    for (int i = 0; i < 12; i++) {
      memory.add("pos", new Label.PositiveExample("a" + i, "b" + i, i % 2 == 0 ? null : "c"), 0);
    }
    Map<String, TrainingData> data = new RunPlan(config.tasks(), memory, config, "a").data();
    assertThat(data.keySet()).containsExactly("pos", "pos-triplets", "sts");
    assertThat(data.get("pos").columns()).isEqualTo(2);
    assertThat(data.get("pos-triplets").columns()).isEqualTo(3);
    assertThat(data.get("sts").examples())
        .allSatisfy(
            example -> {
              int i = Integer.parseInt(example.texts().get(0).substring(4));
              assertThat(example.label()[0]).isEqualTo(i % 6 / 5f);
            });
  }

  @Test
  void shouldGateByGainItsDoubtGuardAndTheNumberOfLabelsToJudgeBy() {
    Gate gate = new Gate(50, 0.01, 0.2, 0.002);
    ScoreChange same = new ScoreChange(0.8, 0.8);
    Map<String, ScoreChange> better = Map.of("sts", new ScoreChange(0.8, 0.82));
    assertThat(gate.refusals(50, scores(better, new ScoreChange(0.8, 0.7985), 0.2))).isEmpty();
    assertThat(gate.refusals(49, scores(better, same, 0)))
        .singleElement()
        .asString()
        .contains("49 held-out");
    assertThat(gate.refusals(50, scores(better, new ScoreChange(0.8, 0.79), 0)))
        .singleElement()
        .asString()
        .contains("guard set fell by 0.0100");
    assertThat(gate.refusals(50, scores(Map.of("sts", new ScoreChange(0.8, 0.805)), same, 0)))
        .singleElement()
        .asString()
        .contains("gained 0.0050");
    assertThat(gate.refusals(50, scores(better, same, 0.25)))
        .singleElement()
        .asString()
        .contains("may be chance", "0.250");
    Map<String, ScoreChange> unknown = Map.of("sts", new ScoreChange(0.8, Double.NaN));
    assertThat(gate.refusals(50, scores(unknown, same, 0))).hasSize(1);
    assertThat(gate.refusals(50, scores(better, new ScoreChange(0.8, Double.NaN), 0))).hasSize(1);
    assertThat(gate.refusals(50, scores(Map.of(), same, 1))).hasSize(3);
  }

  private static CandidateTraining.Scores scores(
      Map<String, ScoreChange> tasks, ScoreChange guard, double doubt) {
    return new CandidateTraining.Scores(tasks, guard, doubt);
  }

  @Test
  void shouldNameTheKeyThatIsWrong() {
    assertRefused("labels.sts.kind", "triplets", "labels.sts");
    assertRefused("labels.sts.loss", "softmax", "cosent");
    assertRefused("labels.other.kind", "sentences", "labels.other.kind");
    assertRefused("labels.sts.knid", "x", "labels.sts.knid");
    assertRefused("labels.pos.topic", "sts", "sts");
    assertRefused("releases.topic", "sts", "releases.topic");
    assertRefused("learning.rat", "1", "learning.rat");
    assertRefused("learning.rate", "-1", "learning rate");
  }

  private static void assertRefused(String key, String value, String named) {
    Map<String, Object> properties = properties();
    properties.put(key, value);
    assertThatThrownBy(() -> new RetrainConfig(properties))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(named);
  }
}
