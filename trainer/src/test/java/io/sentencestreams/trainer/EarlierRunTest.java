package io.sentencestreams.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sentencestreams.model.checkpoint.Checkpoint;
import io.sentencestreams.model.training.TrainableEncoder;
import io.sentencestreams.model.training.TrainableOptions;
import io.sentencestreams.trainer.data.Sampling;
import io.sentencestreams.trainer.loss.CoSentLoss;
import io.sentencestreams.trainer.loss.MultipleNegativesRankingLoss;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run in a folder that has another one, or the model itself. */
class EarlierRunTest {
  private static final TrainingSettings.Builder SETTINGS =
      TrainingSettings.builder().learningRate(1e-3);
  private static final Objective STS =
      new Objective("sts", TinyModels.SCORED, new CoSentLoss(), Sampling.SHUFFLED, 3);

  @TempDir private Path folder;

  private Trainer trainer(TrainableEncoder encoder, TrainingSettings settings) {
    return new Trainer(encoder, List.of(STS), Optional.empty(), settings, folder);
  }

  @Test
  void shouldRefuseAFinishedRunThatHasNoCheckpointUnlessToldToOverwriteIt() throws IOException {
    TrainingSettings settings = SETTINGS.checkpointSteps(0).build();
    try (TrainableEncoder encoder = TinyModels.load()) {
      assertThat(trainer(encoder, settings).canResume()).isTrue();
      trainer(encoder, settings).run(TrainingListener.NONE);
      assertThat(trainer(encoder, settings).canResume()).isFalse();
      byte[] first = Files.readAllBytes(folder.resolve("model/model.safetensors"));
      assertThatThrownBy(() -> trainer(encoder, settings).run(TrainingListener.NONE))
          .isInstanceOf(TrainingException.class)
          .hasMessageContaining(folder.resolve("model") + " is there from an earlier run");
      assertThatThrownBy(() -> trainer(encoder, settings).resume(TrainingListener.NONE))
          .isInstanceOf(TrainingException.class)
          .hasMessageContaining("a finished run and no checkpoint");
      assertThat(folder.resolve("model/model.safetensors")).hasBinaryContent(first);
      // The encoder was trained already, so it ends elsewhere.
      trainer(encoder, settings).overwrite(TrainingListener.NONE);
      assertThat(Files.readAllBytes(folder.resolve("model/model.safetensors"))).isNotEqualTo(first);
    }
  }

  @Test
  void shouldLeaveNoCheckpointOfTheRunThatItOverwrites() {
    try (TrainableEncoder encoder = TinyModels.load()) {
      trainer(encoder, SETTINGS.checkpointSteps(1).build()).run(TrainingListener.NONE);
      assertThat(folder.resolve("checkpoints")).isDirectoryContaining("glob:**step-4");
      assertThat(trainer(encoder, SETTINGS.checkpointSteps(1).build()).canResume()).isTrue();
      assertThat(trainer(encoder, SETTINGS.checkpointSteps(3).build()).canResume()).isFalse();
      TrainingListener killer =
          new TrainingListener() {
            @Override
            public void stepped(long step, long total, double loss) {
              throw new IllegalStateException("killed");
            }
          };
      assertThatThrownBy(
              () -> trainer(encoder, SETTINGS.checkpointSteps(3).build()).overwrite(killer))
          .hasMessage("killed");
      assertThat(folder.resolve("checkpoints")).doesNotExist();
      assertThat(folder.resolve("report.json")).doesNotExist();
    }
  }

  @Test
  void shouldNotTrainInTheFolderOfTheModelThatItBeginsWith() throws IOException {
    Path base = folder.resolve("base");
    copy(TinyModels.folder("mean"), base);
    Path link = Files.createSymbolicLink(folder.resolve("link"), base);
    Path below = folder.resolve("run");
    copy(TinyModels.folder("mean"), below.resolve("model"));
    byte[] weights = Files.readAllBytes(base.resolve("model.safetensors"));
    for (Path output : List.of(base, link, base.resolve("run"), below)) {
      Path model = output.equals(below) ? below.resolve("model") : base;
      try (TrainableEncoder encoder =
          TrainableEncoder.load(Checkpoint.open(model), TrainableOptions.DEFAULT)) {
        Trainer trainer =
            new Trainer(encoder, List.of(STS), Optional.empty(), SETTINGS.build(), output);
        assertThatThrownBy(() -> trainer.overwrite(TrainingListener.NONE))
            .as("%s", output)
            .isInstanceOf(TrainingException.class)
            .hasMessageContaining("the model that it begins with");
      }
    }
    assertThat(base.resolve("model.safetensors")).hasBinaryContent(weights);
    assertThat(base.resolve("checkpoints")).doesNotExist();
  }

  private static void copy(Path from, Path to) throws IOException {
    Files.createDirectories(to);
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Path target = to.resolve(from.relativize(file).toString());
        if (Files.isDirectory(file)) {
          Files.createDirectories(target);
        } else {
          Files.copy(file, target);
        }
      }
    }
  }

  @Test
  void shouldNameEachThingInWhichAResumedRunDiffers() {
    Validation dev = new Validation("spearman of dev.tsv", "aaa", encoder -> 0.5);
    resume(TinyModels.load(), new MultipleNegativesRankingLoss(), dev);
    TrainableEncoder shorter =
        TrainableEncoder.load(
            Checkpoint.open(TinyModels.folder("mean")),
            TrainableOptions.DEFAULT.withThreads(1).withMaxSequenceLength(7));
    assertThatThrownBy(
            () ->
                resume(
                    shorter,
                    MultipleNegativesRankingLoss.cached(2),
                    new Validation("spearman of dev.tsv", "bbb", encoder -> 0.5)))
        .isInstanceOf(TrainingException.class)
        .hasMessageContaining("objectives[0].mini_batch was 0 and is 2 now")
        .hasMessageContaining("validation.sha256 was \"aaa\" and is \"bbb\" now")
        .hasMessageContaining("arithmetic.max_sequence_length was ")
        .hasMessageContaining(" and is 7 now")
        .hasMessageNotContaining("settings");
    // The same again is no difference.
    resume(TinyModels.load(), new MultipleNegativesRankingLoss(), dev);
  }

  private void resume(
      TrainableEncoder loaded, MultipleNegativesRankingLoss loss, Validation validation) {
    try (TrainableEncoder encoder = loaded) {
      Objective objective =
          new Objective("ranking", TinyModels.SCORED, loss, Sampling.NO_DUPLICATES, 4);
      new Trainer(
              encoder,
              List.of(objective),
              Optional.of(validation),
              SETTINGS.checkpointSteps(1).build(),
              folder)
          .resume(TrainingListener.NONE);
    }
  }
}
