package io.sentencestreams.tests.crash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import io.sentencestreams.model.EncoderOptions;
import io.sentencestreams.model.Precision;
import io.sentencestreams.model.SentenceEncoder;
import io.sentencestreams.trainer.data.StsReader;
import io.sentencestreams.trainer.evaluation.EmbeddingSimilarityEvaluator;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code train} into a folder on a disk of its own, a real one, on which it runs out of space. */
class FullDiskTrainingTest {
  @TempDir private Path folder;

  @Test
  void shouldKeepTheCheckpointsThatItHasAndGoOnFromThemElsewhere() throws Exception {
    TrainingFolder training =
        new TrainingFolder(folder).with("epochs", 5).with("checkpoint.steps", 5);
    Path undisturbed = folder.resolve("undisturbed");
    assertThat(train(List.of(), "whole", training.config("whole", undisturbed))).isZero();
    long checkpoint = TrainingFolder.pages(undisturbed.resolve("checkpoints/step-15"));
    long model = TrainingFolder.pages(undisturbed.resolve("model"));
    Path disk = Files.createDirectory(folder.resolve("disk"));
    // Room for two checkpoints and the model, and for a new model beside that, but no third.
    List<String> wrapper =
        SmallDisk.copiedFrom(disk, 2 * checkpoint + 2 * model + (checkpoint - model) / 2);

    assertThat(train(wrapper, "full", training.config("full", disk.resolve("run")))).isEqualTo(1);
    Path copy = SmallDisk.copy(disk).resolve("run");
    assertThat(folder.resolve("full.log"))
        .content()
        .contains("No space left on device", disk.resolve("run/checkpoints/step-10") + " is whole");
    assertThat(copy.resolve("checkpoints"))
        .isDirectoryContaining("glob:**step-10")
        .isDirectoryNotContaining("glob:**step-15")
        .isDirectoryNotContaining("glob:**.tmp");
    assertThat(train(List.of(), "again", training.config("again", copy))).isZero();
    assertThat(TrainingFolder.weights(copy)).isEqualTo(TrainingFolder.weights(undisturbed));
  }

  @Test
  void shouldKeepTheBestModelThatItHasWhenABetterOneDoesNotFit() throws Exception {
    TrainingFolder training =
        new TrainingFolder(folder).with("epochs", 5).with("evaluation.steps", 1);
    Path undisturbed = folder.resolve("undisturbed");
    assertThat(train(List.of(), "whole", training.config("whole", undisturbed))).isZero();
    long model = TrainingFolder.pages(undisturbed.resolve("model"));
    Path disk = Files.createDirectory(folder.resolve("disk"));
    List<String> wrapper = SmallDisk.copiedFrom(disk, model * 3 / 2);

    assertThat(train(wrapper, "full", training.config("full", disk.resolve("run")))).isEqualTo(1);
    assertThat(folder.resolve("full.log"))
        .content()
        .contains("No space left on device", disk.resolve("run/.model.").toString());
    Path kept = SmallDisk.copy(disk).resolve("run/model");
    JsonNode provenance = TrainingFolder.json(kept.resolve("training.json"));
    try (SentenceEncoder encoder =
        SentenceEncoder.load(kept, EncoderOptions.DEFAULT.withPrecision(Precision.FP32))) {
      EmbeddingSimilarityEvaluator evaluator =
          new EmbeddingSimilarityEvaluator(StsReader.read(folder.resolve("scored.tsv")));
      assertThat(evaluator.evaluate(encoder::encode).spearman())
          .isCloseTo(provenance.path("score").asDouble(), within(1e-6));
    }
  }

  private int train(List<String> wrapper, String name, Path config) throws Exception {
    try (ProgramProcess process =
        ProgramProcess.trainBehind(wrapper, folder, name, config, "--resume")) {
      return process.awaitEnd(CrashRun.PATIENCE);
    }
  }
}
