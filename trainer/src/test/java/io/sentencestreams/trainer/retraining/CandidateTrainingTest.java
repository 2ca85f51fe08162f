package io.sentencestreams.trainer.retraining;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sentencestreams.model.checkpoint.Checkpoint;
import io.sentencestreams.schemas.labels.Label;
import io.sentencestreams.trainer.TinyModels;
import io.sentencestreams.trainer.TrainingListener;
import io.sentencestreams.trainer.evaluation.Evaluation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run that is done again gives the model that it would have given, whatever is left of it. */
class CandidateTrainingTest {
  private static final int LABELS = 40;

  @TempDir private Path folder;

  private final Checkpoint start = Checkpoint.open(TinyModels.folder("mean"));
  private byte[] undisturbed;
  private int steps;

  @BeforeEach
  void trainUndisturbed() throws IOException {
    undisturbed = train(Map.of("work.folder", folder.resolve("undisturbed").toString()));
    assertThat(steps).isBetween(2, 10);
  }

  @Test
  void shouldTrainAgainWhenARunHasEndedWithoutACheckpointAndCountsForNothing() throws IOException {
    for (Map<String, Object> settings :
        List.<Map<String, Object>>of(Map.of(), Map.of("checkpoint.steps", 0))) {
      assertThat(train(settings)).isEqualTo(undisturbed);
      assertThat(run().resolve("report.json")).exists();
      assertThat(run().resolve("checkpoints")).doesNotExist();
      assertThat(train(settings)).isEqualTo(undisturbed);
    }
  }

  @Test
  void shouldTrainAgainWhenARunWasKilledBeforeItsReportOrInTheMiddleOfItsModel()
      throws IOException {
    train(Map.of());
    Files.delete(run().resolve("report.json"));
    assertThat(train(Map.of())).isEqualTo(undisturbed);
    Files.delete(run().resolve("report.json"));
    Path staged = run().resolve(".model.123e4567-e89b-42d3-a456-426614174000.tmp");
    Files.move(run().resolve("model"), staged);
    Files.delete(staged.resolve("model.safetensors"));
    assertThat(train(Map.of())).isEqualTo(undisturbed);
    assertThat(staged).doesNotExist();
  }

  @Test
  void shouldTrainAgainWhenItsCheckpointIsOfAnotherNumberOfThreadsOrInterval() throws IOException {
    kill(Map.of("checkpoint.steps", 1, "threads", 2));
    assertThat(run().resolve("checkpoints/step-1")).exists();
    assertThat(train(Map.of("checkpoint.steps", 1))).isEqualTo(undisturbed);
    assertThat(run().resolve("checkpoints/step-" + steps)).exists();
    assertThat(train(Map.of("checkpoint.steps", 2))).isEqualTo(undisturbed);
  }

  @Test
  void shouldGoOnFromACheckpointOfTheSameRun() throws IOException {
    kill(Map.of("checkpoint.steps", 1));
    int all = steps;
    assertThat(train(Map.of("checkpoint.steps", 1))).isEqualTo(undisturbed);
    assertThat(steps).isEqualTo(all - 1);
  }

  @Test
  void shouldDeleteOtherRunsAndWhatAKillHasLeftOfThem() throws IOException {
    Path work = Files.createDirectory(folder.resolve("work"));
    Path releases = Files.createDirectory(work.resolve("releases"));
    for (String other : List.of("run-1", ".run-2.deleted")) {
      Files.createDirectories(work.resolve(other).resolve("checkpoints/step-1"));
    }
    Path model = train(Map.of(), TrainingListener.NONE);
    Path run = Objects.requireNonNull(model.getParent());
    assertThat(work).isDirectoryNotContaining(path -> !path.equals(run) && !path.equals(releases));
    assertThat(releases).exists();
  }

  /** Ends a run when its second step is done, and a checkpoint of its first one is there. */
  private void kill(Map<String, Object> settings) {
    TrainingListener killer =
        new TrainingListener() {
          @Override
          public void stepped(long step, long total, double loss) {
            if (step == 2) {
              throw new IllegalStateException("killed");
            }
          }
        };
    assertThatThrownBy(() -> train(settings, killer)).hasMessage("killed");
  }

  private byte[] train(Map<String, Object> settings) throws IOException {
    steps = 0;
    TrainingListener counter =
        new TrainingListener() {
          @Override
          public void stepped(long step, long total, double loss) {
            steps++;
          }
        };
    return Files.readAllBytes(train(settings, counter).resolve("model.safetensors"));
  }

  private Path train(Map<String, Object> settings, TrainingListener listener) throws IOException {
    Map<String, Object> properties = new HashMap<>();
    properties.put("bootstrap.servers", "localhost:1");
    properties.put("labels", "sts");
    properties.put("labels.sts.kind", "scored-pairs");
    properties.put("releases.folder", folder.resolve("releases").toString());
    properties.put("work.folder", folder.resolve("work").toString());
    properties.put("guard.file", folder.resolve("guard.tsv").toString());
    properties.put("threads", 1);
    properties.putAll(settings);
    RetrainConfig config = new RetrainConfig(properties);
    LabelMemory memory = new LabelMemory();
    for (int i = 0; i < LABELS; i++) {
      memory.add("sts", new Label.ScoredPair("cat " + i, "dog " + i, i % 2), i);
    }
    CandidateTraining training =
        new CandidateTraining(config, encoder -> Evaluation.of("none", Map.of("none", 0.0)));
    return training.train(
        new RunPlan(config.tasks(), memory, config, start.digest()), start, listener);
  }

  /** The folder of the run. */
  private Path run() throws IOException {
    try (Stream<Path> runs = Files.list(folder.resolve("work"))) {
      List<Path> all = runs.toList();
      assertThat(all).hasSize(1);
      return all.get(0);
    }
  }
}
