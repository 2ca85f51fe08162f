package io.sentencestreams.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.sentencestreams.model.EncoderOptions;
import io.sentencestreams.model.Precision;
import io.sentencestreams.model.SentenceEncoder;
import io.sentencestreams.model.checkpoint.Checkpoint;
import io.sentencestreams.model.training.TrainableEncoder;
import io.sentencestreams.model.training.TrainableOptions;
import io.sentencestreams.trainer.data.Sampling;
import io.sentencestreams.trainer.loss.CosineSimilarityLoss;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Each architecture and each module of module model's golden files, trained. */
class EveryModelTest {
  private static final List<String> TEXTS =
      List.of("the cat sits on a mat", "two red dogs", "kafka streams of text", "a");

  @TempDir private Path folder;

  /** Those with something to train. */
  static Stream<Path> models() throws IOException {
    List<Path> folders = new ArrayList<>();
    for (Path parent : List.of(TinyModels.folder("."), TinyModels.folder("modules"))) {
      try (Stream<Path> children = Files.list(parent)) {
        children
            .filter(child -> Files.exists(child.resolve("modules.json")))
            .filter(
                child ->
                    parent.endsWith(".") || Files.exists(child.resolve("gradients.safetensors")))
            .sorted()
            .forEach(folders::add);
      }
    }
    assertThat(folders).hasSizeGreaterThan(24);
    return folders.stream();
  }

  @ParameterizedTest
  @MethodSource("models")
  void shouldLearnWithEveryParameterAndLoadAgainAsItWasTrained(Path model) throws IOException {
    TrainingSettings settings =
        TrainingSettings.builder()
            .learningRate(1e-3)
            .warmup(0)
            .weightDecay(0)
            .dropout(false)
            .epochs(6)
            .build();
    // All examples in one batch: each step sees the same.
    Objective objective =
        new Objective(
            "scored",
            TinyModels.SCORED,
            new CosineSimilarityLoss(),
            Sampling.SHUFFLED,
            TinyModels.SCORED.examples().size());
    float[][] trained;
    List<Double> losses;
    try (TrainableEncoder encoder =
        TrainableEncoder.load(Checkpoint.open(model), TrainableOptions.DEFAULT.withThreads(1))) {
      Map<String, float[]> before = new LinkedHashMap<>();
      encoder.parameters().forEach((name, array) -> before.put(name, array.toFloatArray()));
      losses =
          new Trainer(encoder, List.of(objective), Optional.empty(), settings, folder)
              .run(TrainingListener.NONE)
              .losses();
      encoder
          .parameters()
          .forEach(
              (name, array) ->
                  assertChangedOrLeftOut(name, before.get(name), array.toFloatArray()));
      trained = encoder.encode(TEXTS);
    }
    assertThat(losses).hasSize(6).allMatch(Double::isFinite);
    assertThat(losses.get(5)).isLessThan(losses.get(0));
    try (SentenceEncoder served =
        SentenceEncoder.load(
            folder.resolve("model"),
            EncoderOptions.DEFAULT.withPrecision(Precision.FP32).withDevices("cpu"))) {
      float[][] vectors = served.encode(TEXTS);
      // SBERT-WK divides by small sums, in which the fused layers' rounding shows.
      float tolerance = model.endsWith("wk_pooling") ? 1e-4f : 1e-5f;
      for (int i = 0; i < vectors.length; i++) {
        float greatest = 1;
        for (float value : trained[i]) {
          greatest = Math.max(greatest, Math.abs(value));
        }
        assertThat(vectors[i]).containsExactly(trained[i], within(tolerance * greatest));
      }
    }
  }

  /** Some take no part: positions beyond the texts, and what only a task's head would read. */
  private static void assertChangedOrLeftOut(String name, float[] before, float[] after) {
    for (float value : after) {
      assertThat(value).as(name).isFinite();
    }
    boolean leftOut = name.contains("pooler") || name.contains("token_type");
    if (!leftOut) {
      assertThat(after).as(name).isNotEqualTo(before);
    }
  }
}
