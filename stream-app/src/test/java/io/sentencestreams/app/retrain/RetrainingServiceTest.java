package io.sentencestreams.app.retrain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.sentencestreams.app.broker.EmbeddedBroker;
import io.sentencestreams.model.checkpoint.Checkpoint;
import io.sentencestreams.schemas.labels.Label;
import io.sentencestreams.schemas.labels.LabelKind;
import io.sentencestreams.schemas.releases.ReleaseRecord;
import io.sentencestreams.schemas.releases.TrainingRunRecord;
import io.sentencestreams.schemas.releases.TrainingRunRecord.Outcome;
import io.sentencestreams.schemas.releases.TrainingRunRecord.Trigger;
import io.sentencestreams.trainer.retraining.ReleaseControl;
import io.sentencestreams.trainer.retraining.RetrainException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;

/** The service on a real broker, with a tiny model. */
class RetrainingServiceTest {
  private static EmbeddedBroker broker;

  @TempDir private Path folder;

  @BeforeAll
  static void startBroker() {
    broker = EmbeddedBroker.builder().start();
  }

  @AfterAll
  static void stopBroker() {
    broker.close();
  }

  private RetrainStage stage(TestInfo info) throws Exception {
    return new RetrainStage(
        broker.bootstrapServers(), info.getTestMethod().orElseThrow().getName(), folder);
  }

  @Test
  void shouldReleaseABetterModelWithTheOffsetsOfItsLabels(TestInfo info) throws Exception {
    try (RetrainStage stage = stage(info)) {
      List<Label> labels = Themes.labels(400, 1);
      stage.produce(labels);
      TrainingRunRecord run;
      try (RetrainStage.Running service = stage.start(Map.of("trigger.labels", 400))) {
        run = stage.awaitRuns(1).get(0);
        assertThat(service.failure()).isEmpty();
      }
      assertThat(run.outcome()).as(run.toString()).isEqualTo(Outcome.RELEASED);
      assertThat(run.trigger()).isEqualTo(Trigger.LABELS);
      assertThat(run.scores().get("held-out.pairs").gain()).isPositive();
      assertThat(run.base()).isEqualTo(stage.base().digest());
      assertThat(run.tasks().get(0).newLabels()).isEqualTo(400);
      assertThat(run.tasks().get(0).trained() + run.tasks().get(0).heldOut()).isEqualTo(400);
      List<ReleaseRecord> releases = stage.releases();
      assertThat(releases).extracting(ReleaseRecord::version).containsExactly(run.candidate());
      assertThat(releases.get(0).parent()).isEqualTo(stage.base().digest());
      Checkpoint released = Checkpoint.open(folder.resolve("releases").resolve(run.candidate()));
      released.verify();
      assertThat(released.digest()).isEqualTo(run.candidate());
      assertThat(released.name()).isEqualTo(stage.base().name());
      Map<TopicPartition, Long> committed = stage.committed();
      assertThat(committed).isEqualTo(stage.ends());
      assertThat(run.offsets())
          .containsAllEntriesOf(
              Map.of(
                  stage.labelTopic() + "-0",
                  committed.get(new TopicPartition(stage.labelTopic(), 0)),
                  stage.labelTopic() + "-1",
                  committed.get(new TopicPartition(stage.labelTopic(), 1))));
    }
  }

  @Test
  void shouldRefuseAModelThatLearnedNoiseAndRemembersWhatItKnewBefore(TestInfo info)
      throws Exception {
    try (RetrainStage stage = stage(info)) {
      stage.produce(Themes.labels(300, 1));
      Map<String, Object> settings = Map.of("trigger.labels", 300, "replay.ratio", 0);
      try (RetrainStage.Running service = stage.start(settings)) {
        assertThat(stage.awaitRuns(1).get(0).outcome()).isEqualTo(Outcome.RELEASED);
        assertThat(service.failure()).isEmpty();
      }
      stage.produce(Themes.wrongLabels(300, 2));
      try (RetrainStage.Running service = stage.start(settings)) {
        TrainingRunRecord run = stage.awaitRuns(2).get(1);
        assertThat(service.failure()).isEmpty();
        assertThat(run.outcome()).as(run.toString()).isEqualTo(Outcome.REJECTED);
        assertThat(run.reasons()).anyMatch(reason -> reason.contains("guard set"));
        assertThat(run.base()).isEqualTo(stage.releases().get(0).version());
        // Labels of the first run judge the second.
        int first = stage.runs().get(0).tasks().get(0).heldOut();
        assertThat(run.tasks().get(0).heldOut()).isGreaterThan(first);
      }
      assertThat(stage.releases()).hasSize(1);
      assertThat(stage.committed()).isEqualTo(stage.ends());
    }
  }

  @Test
  void shouldCountWhatIsNoLabelAndLearnFromTheRest(TestInfo info) throws Exception {
    try (RetrainStage stage = stage(info)) {
      stage.produceRaw("{\"text1\": \"cat\", \"text2\": 7, \"score\": 1}");
      stage.produceRaw("{\"text1\": \"cat\", \"text2\": \"dog\", \"score\": 1.5}");
      stage.produceRaw("{\"text1\": \"cat\", \"text2\": \"" + "x".repeat(10 << 20) + "\"}");
      stage.produceRaw("rubbish");
      stage.produceRaw(null);
      stage.produce(
          List.of(
              new Label.ScoredPair("red cat", "blue cat", 0),
              new Label.ScoredPair("red cat", "blue cat", 0),
              new Label.ScoredPair("blue cat", "red cat", 1)));
      stage.produce(Themes.labels(200, 3));
      try (RetrainStage.Running service = stage.start(Map.of("trigger.labels", 201))) {
        TrainingRunRecord.Task task = stage.awaitRuns(1).get(0).tasks().get(0);
        assertThat(service.failure()).isEmpty();
        assertThat(task.invalid())
            .containsOnly(
                Map.entry("WRONG_TYPE", 1L),
                Map.entry("SCORE_OUT_OF_RANGE", 1L),
                Map.entry("TEXT_TOO_LARGE", 1L),
                Map.entry("UNREADABLE", 1L),
                Map.entry("NO_VALUE", 1L));
        assertThat(task.newLabels()).isEqualTo(201);
        // Which of the other two is met first depends on their partitions.
        assertThat(task.contradicted()).isBetween(1L, 2L);
        assertThat(task.contradicted() + task.repeated()).isEqualTo(2);
      }
    }
  }

  @Test
  void shouldTrainByCommandAndAfterATimeAndNotWhileAReleaseIsPinned(TestInfo info)
      throws Exception {
    try (RetrainStage stage = stage(info)) {
      stage.produce(Themes.labels(300, 4));
      Map<String, Object> byCommand = Map.of("trigger.labels", 0);
      try (RetrainStage.Running service = stage.start(byCommand);
          ReleaseControl control = new ReleaseControl(stage.config(byCommand))) {
        service.awaitLabels(300); // the second run is to find none
        control.retrainNow();
        TrainingRunRecord run = stage.awaitRuns(1).get(0);
        assertThat(service.failure()).isEmpty();
        assertThat(run.trigger()).isEqualTo(Trigger.COMMAND);
        // Neither the service nor a command stops at what is no release.
        for (String damaged : List.of("rubbish", "null", "{\"action\": \"PIN\"}")) {
          stage.produceNoRelease(damaged);
        }
        control.decide(ReleaseRecord.Action.PIN, run.candidate(), "a test");
        assertThat(control.read().pinned()).contains(run.candidate());
        control.retrainNow();
        await()
            .atMost(RetrainStage.PATIENCE)
            .until(() -> service.said().anyMatch(line -> line.contains("is pinned")));
        assertThat(stage.runs()).hasSize(1);
        control.decide(ReleaseRecord.Action.UNPIN, null, null);
        // The command that has waited: there is no new label, so all old ones are trained on.
        TrainingRunRecord second = stage.awaitRuns(2).get(1);
        assertThat(second.tasks().get(0).newLabels()).isZero();
        assertThat(second.tasks().get(0).replayed()).isPositive();
      }
      stage.produce(List.of(new Label.ScoredPair("a cat", "the dog", 1)));
      try (RetrainStage.Running service =
          stage.start(Map.of("trigger.labels", 0, "trigger.interval.ms", 1))) {
        assertThat(stage.awaitRuns(3).get(2).trigger()).isEqualTo(Trigger.TIME);
        assertThat(service.failure()).isEmpty();
      }
    }
  }

  @Test
  void shouldTrainAllKindsOfLabelsAtOnce(TestInfo info) throws Exception {
    try (RetrainStage stage = stage(info)) {
      stage.produce("nli", LabelKind.NLI_PAIRS, "json", Themes.inferences(120, 1));
      stage.produce("positives", LabelKind.POSITIVES, "avro", Themes.positives(120, 2));
      stage.produce("sentences", LabelKind.SENTENCES, "avro", Themes.sentences(60, 3));
      stage.produce("avro", LabelKind.SCORED_PAIRS, "avro", Themes.labels(60, 4));
      Map<String, Object> settings = new HashMap<>();
      settings.put("labels", "nli,positives,sentences,avro");
      for (String key : List.of("pairs.topic", "pairs.kind")) {
        settings.put("labels." + key, null);
      }
      Map<String, String> kinds =
          Map.of(
              "nli", "nli-pairs",
              "positives", "positives",
              "sentences", "sentences",
              "avro", "scored-pairs");
      kinds.forEach(
          (task, kind) -> {
            settings.put("labels." + task + ".topic", stage.topic(task));
            settings.put("labels." + task + ".kind", kind);
            settings.put("labels." + task + ".format", task.equals("nli") ? "json" : "avro");
          });
      settings.put("labels.positives.loss", "triplet");
      settings.put("trigger.labels", 0);
      TrainingRunRecord run;
      try (RetrainStage.Running service = stage.start(settings);
          ReleaseControl control = new ReleaseControl(stage.config(settings))) {
        service.awaitLabels(120 + 120 + 60 + 60);
        control.retrainNow();
        run = stage.awaitRuns(1).get(0);
        assertThat(service.failure()).isEmpty();
      }
      assertThat(run.outcome()).as(run.toString()).isEqualTo(Outcome.RELEASED);
      assertThat(run.scores())
          .containsOnlyKeys(
              "held-out.nli", "held-out.positives", "held-out.sentences", "held-out.avro", "guard");
      assertThat(run.scores().get("held-out.nli").gain()).isPositive();
      assertThat(run.scores().get("held-out.sentences").gain()).isPositive();
      assertThat(run.tasks()).allMatch(task -> task.trained() > 0 && task.heldOut() > 0);
      assertThat(run.tasks()).allMatch(task -> task.invalid().isEmpty());
      Checkpoint.open(folder.resolve("releases").resolve(run.candidate())).verify();
    }
  }

  @Test
  void shouldTrainWhenTextsDrift(TestInfo info) throws Exception {
    try (RetrainStage stage = stage(info)) {
      stage.produce(Themes.labels(100, 1));
      stage.createEmbeddings();
      Map<String, Object> settings =
          Map.of(
              "trigger.labels",
              0,
              "trigger.drift.topic",
              stage.topic("embeddings"),
              "trigger.drift.texts",
              30,
              "trigger.drift.p.value",
              0.01);
      try (RetrainStage.Running service = stage.start(settings).awaitReady()) {
        stage.embed(60, 0); // the reference, and as many alike
        assertThat(stage.runs()).isEmpty();
        stage.embed(30, 1);
        TrainingRunRecord run = stage.awaitRuns(1).get(0);
        assertThat(service.failure()).isEmpty();
        assertThat(run.trigger()).isEqualTo(Trigger.DRIFT);
        assertThat(service.metric("drift-p-value")).isLessThanOrEqualTo(0.01);
      }
    }
  }

  @Test
  void shouldKnowLabelsThatAreReadAgainAfterTheirOffsetsHaveExpired(TestInfo info)
      throws Exception {
    try (RetrainStage stage = stage(info)) {
      stage.produce(Themes.labels(200, 8));
      try (RetrainStage.Running service = stage.start(Map.of("trigger.labels", 200))) {
        stage.awaitRuns(1);
        assertThat(service.failure()).isEmpty();
      }
      assertThat(stage.committed()).isEqualTo(stage.ends());
      stage.deleteOffsets();
      assertThat(stage.committed()).isEmpty();
      Label fresh = new Label.ScoredPair("the fast cat", "the slow mat", 1);
      stage.produce(List.of(fresh));
      try (RetrainStage.Running service = stage.start(Map.of("trigger.labels", 1))) {
        TrainingRunRecord.Task task = stage.awaitRuns(2).get(1).tasks().get(0);
        assertThat(service.failure()).isEmpty();
        assertThat(task.newLabels()).isEqualTo(1);
        // The new one may have been read with the first of the old ones.
        assertThat(task.repeated()).isLessThanOrEqualTo(200);
        assertThat(task.contradicted()).isZero();
      }
    }
  }

  @Test
  void shouldFenceAServiceThatAnotherHasReplaced(TestInfo info) throws Exception {
    try (RetrainStage stage = stage(info)) {
      try (RetrainStage.Running first = stage.start(Map.of("trigger.labels", 200)).awaitReady();
          RetrainStage.Running second =
              stage.start(Map.of("trigger.labels", 100_000)).awaitReady()) {
        stage.produce(Themes.labels(200, 5));
        CompletableFuture<Void> end = first.end();
        assertThatThrownBy(end::join)
            .hasCauseInstanceOf(RetrainException.class)
            .hasMessageContaining("taken over");
        assertThat(second.failure()).isEmpty();
      }
      assertThat(stage.runs()).isEmpty();
      assertThat(stage.releases()).isEmpty();
      assertThat(stage.committed()).isEmpty();
    }
  }

  @Test
  void shouldKeepAReleaseInTheStoreThatNothingCanBeWrittenOver(TestInfo info) throws Exception {
    try (RetrainStage stage = stage(info)) {
      stage.produce(Themes.labels(300, 6));
      String version;
      try (RetrainStage.Running service = stage.start(Map.of("trigger.labels", 300))) {
        version = stage.awaitRuns(1).get(0).candidate();
        assertThat(service.failure()).isEmpty();
      }
      Path weights = folder.resolve("releases").resolve(version).resolve("model.safetensors");
      Files.write(weights, new byte[] {1});
      stage.produce(Themes.labels(300, 7));
      // Another working folder: it has to fetch the model that is damaged.
      try (RetrainStage.Running service =
          stage.start(
              Map.of("trigger.labels", 100, "work.folder", folder.resolve("w2").toString()))) {
        assertThatThrownBy(service.end()::join).hasMessageContaining("model.safetensors");
        assertThat(service.training()).as("the run that broke off").isEmpty();
      }
      assertThat(stage.releases()).hasSize(1);
    }
  }
}
