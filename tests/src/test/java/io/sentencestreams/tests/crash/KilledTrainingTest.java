package io.sentencestreams.tests.crash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code train} as a process of its own, killed (SIGKILL) at random moments and resumed. The number
 * of kills is the system property {@code crash.kills}.
 */
class KilledTrainingTest {
  private static final int KILLS = Integer.getInteger("crash.kills", 2);
  private static final int CHECKPOINT_STEPS = 5;

  /** Of four steps each; enough for each kill to be far from the end. */
  private static final int EPOCHS = 40 * (KILLS + 1);

  @TempDir private Path folder;

  @Test
  void shouldEndWithTheWeightsOfAnUndisturbedRunHoweverOftenItIsKilled() throws Exception {
    TrainingFolder training =
        new TrainingFolder(folder)
            .with("epochs", EPOCHS)
            .with("checkpoint.steps", CHECKPOINT_STEPS)
            .with("evaluation.steps", 7);
    Path undisturbed = folder.resolve("undisturbed");
    run("whole", training.config("whole", undisturbed));
    Path output = folder.resolve("killed");
    Path config = training.config("killed", output);
    Random random = new Random(23);
    for (int kill = 0; kill < KILLS; kill++) {
      try (ProgramProcess process = start("killed", config)) {
        awaitMoment(process, moment(kill, output, random));
        assertThat(process.isAlive()).as(process::log).isTrue();
        process.kill();
      }
      assertThat(output.resolve("report.json")).doesNotExist();
    }
    run("killed", config);
    assertThat(TrainingFolder.weights(output)).isEqualTo(TrainingFolder.weights(undisturbed));
    for (String part : List.of("steps", "losses", "evaluations", "best_score")) {
      assertThat(TrainingFolder.json(output.resolve("report.json")).path(part))
          .as(part)
          .isEqualTo(TrainingFolder.json(undisturbed.resolve("report.json")).path(part));
    }
    assertThat(TrainingFolder.json(output.resolve("model/training.json")).path("step"))
        .isEqualTo(TrainingFolder.json(undisturbed.resolve("model/training.json")).path("step"));
    assertThat(leftovers(output)).isEmpty();
  }

  /**
   * While the model is being saved, in the middle of a checkpoint, or somewhere between two. Models
   * are saved that are better than all before, which most are in the beginning; where none comes
   * for a while, any moment will do.
   */
  private static Callable<Boolean> moment(int kill, Path output, Random random) throws IOException {
    long last = TrainingFolder.lastCheckpoint(output);
    long step = last + (long) CHECKPOINT_STEPS * random.nextInt(1, 12);
    long anyStep = last + 12L * CHECKPOINT_STEPS;
    return switch (kill % 3) {
      case 0 ->
          () ->
              TrainingFolder.lastCheckpoint(output) > last
                  && (!leftovers(output).isEmpty()
                      || TrainingFolder.lastCheckpoint(output) >= anyStep);
      case 1 ->
          () ->
              TrainingFolder.lastCheckpoint(output) >= step
                  && Files.exists(output.resolve("checkpoints/.tmp"));
      default -> () -> TrainingFolder.lastCheckpoint(output) >= step;
    };
  }

  /** What a model that is being saved, or was, has beside it. */
  private static List<String> leftovers(Path output) throws IOException {
    try (Stream<Path> all = Files.list(output)) {
      return all.map(path -> path.getFileName().toString())
          .filter(name -> name.startsWith("."))
          .toList();
    }
  }

  private static void awaitMoment(ProgramProcess process, Callable<Boolean> moment) {
    await()
        .atMost(CrashRun.PATIENCE)
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofNanos(200_000))
        .until(() -> !process.isAlive() || moment.call());
  }

  private ProgramProcess start(String name, Path config) throws IOException {
    return ProgramProcess.trainBehind(List.of(), folder, name, config, "--resume");
  }

  private void run(String name, Path config) throws Exception {
    try (ProgramProcess process = start(name, config)) {
      assertThat(process.awaitEnd(CrashRun.PATIENCE)).as(process::log).isZero();
    }
  }
}
