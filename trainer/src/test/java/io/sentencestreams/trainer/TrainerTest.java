package io.sentencestreams.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sentencestreams.model.EncoderOptions;
import io.sentencestreams.model.Precision;
import io.sentencestreams.model.SentenceEncoder;
import io.sentencestreams.model.training.TrainableEncoder;
import io.sentencestreams.trainer.data.Sampling;
import io.sentencestreams.trainer.data.TrainingData;
import io.sentencestreams.trainer.data.TrainingExample;
import io.sentencestreams.trainer.loss.BatchTripletLoss;
import io.sentencestreams.trainer.loss.CoSentLoss;
import io.sentencestreams.trainer.loss.Loss;
import io.sentencestreams.trainer.loss.SoftmaxLoss;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TrainerTest {
  private static final TrainingSettings.Builder QUICK =
      TrainingSettings.builder().learningRate(1e-3).epochs(4);

  @TempDir private Path folder;

  @Test
  void shouldGiveTheSameWeightsForTheSameSeedAndOthersForAnother() throws IOException {
    TrainingSettings settings = TrainingSettings.builder().learningRate(1e-3).seed(1).build();
    byte[] first = trainTwoTasks("a", 1, settings, TrainingListener.NONE);
    assertThat(trainTwoTasks("b", 1, settings, TrainingListener.NONE)).isEqualTo(first);
    TrainingSettings other = TrainingSettings.builder().learningRate(1e-3).seed(2).build();
    assertThat(trainTwoTasks("c", 1, other, TrainingListener.NONE)).isNotEqualTo(first);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 4})
  void shouldEndAsAnUndisturbedRunWhenItIsKilledAndResumed(int threads) throws IOException {
    TrainingSettings settings =
        TrainingSettings.builder()
            .learningRate(1e-3)
            .epochs(6)
            .accumulation(2)
            .evaluationSteps(2)
            .checkpointSteps(3)
            .build();
    byte[] undisturbed = trainTwoTasks("undisturbed", threads, settings, TrainingListener.NONE);
    TrainingListener killer =
        new TrainingListener() {
          @Override
          public void stepped(long step, long total, double loss) {
            assertThat(total).isGreaterThan(8);
            if (step == 5) {
              throw new IllegalStateException("killed");
            }
          }
        };
    assertThatThrownBy(() -> trainTwoTasks("killed", threads, settings, killer))
        .hasMessage("killed");
    assertThat(folder.resolve("killed/checkpoints")).isDirectoryContaining("glob:**step-3");
    assertThat(trainTwoTasks("killed", threads, settings, TrainingListener.NONE))
        .isEqualTo(undisturbed);
    assertThat(report("killed").path("losses")).isEqualTo(report("undisturbed").path("losses"));
    assertThat(report("killed").path("evaluations"))
        .isEqualTo(report("undisturbed").path("evaluations"));
  }

  /** Two objectives with dropout, one with a classifier; resumes if there is a checkpoint. */
  private byte[] trainTwoTasks(
      String name, int threads, TrainingSettings settings, TrainingListener listener)
      throws IOException {
    try (TrainableEncoder encoder = TinyModels.load(threads);
        NDManager memory = encoder.newManager();
        Loss softmax =
            new SoftmaxLoss(memory, encoder.dimension(), 3, SoftmaxLoss.Features.DEFAULT, 5)) {
      List<Objective> objectives =
          List.of(
              new Objective("sts", TinyModels.SCORED, new CoSentLoss(), Sampling.SHUFFLED, 3),
              new Objective("nli", TinyModels.CLASSES, softmax, Sampling.SHUFFLED, 2));
      float[] before = softmax.parameters().get("classifier.weight").toFloatArray();
      Validation validation = new Validation("first number", e -> e.encode(List.of("a"))[0][0]);
      new Trainer(encoder, objectives, Optional.of(validation), settings, folder.resolve(name))
          .resume(listener);
      assertThat(softmax.parameters().get("classifier.weight").toFloatArray()).isNotEqualTo(before);
    }
    return Files.readAllBytes(folder.resolve(name).resolve("model/model.safetensors"));
  }

  private JsonNode report(String name) throws IOException {
    return new ObjectMapper().readTree(folder.resolve(name).resolve("report.json").toFile());
  }

  @Test
  void shouldKeepTheBestModelAndStopWhenPatienceIsOut() throws IOException {
    Iterator<Double> scores = List.of(0.1, 0.5, 0.3, 0.4, 0.9).iterator();
    List<float[]> seen = new ArrayList<>();
    TrainingSettings settings = QUICK.evaluationSteps(1).patience(2).build();
    try (TrainableEncoder encoder = TinyModels.load()) {
      Validation validation =
          new Validation(
              "given",
              e -> {
                seen.add(e.encode(List.of("the cat"))[0]);
                return scores.next();
              });
      TrainingReport report =
          new Trainer(encoder, sts(), Optional.of(validation), settings, folder)
              .run(TrainingListener.NONE);
      assertThat(report.stoppedEarly()).isTrue();
      assertThat(report.steps()).isEqualTo(4);
      assertThat(report.bestScore()).hasValue(0.5);
    }
    try (SentenceEncoder best =
        SentenceEncoder.load(
            folder.resolve("model"), EncoderOptions.DEFAULT.withPrecision(Precision.FP32))) {
      assertThat(best.encode("the cat")).containsExactly(seen.get(1), within(1e-5f));
    }
    JsonNode provenance =
        new ObjectMapper().readTree(folder.resolve("model/training.json").toFile());
    assertThat(provenance.path("step").asLong()).isEqualTo(2);
    assertThat(folder.resolve("report.html"))
        .content()
        .contains("4 steps, stopped early", "best score 0.5000", "<svg", "CoSENTLoss(scale=20.0)");
    assertThat(provenance.path("score").asDouble()).isEqualTo(0.5);
    assertThat(provenance.path("objectives").path(0).path("sha256").asText())
        .isEqualTo(TinyModels.SCORED.digest());
  }

  @Test
  void shouldMakeTheLossSmaller() {
    try (TrainableEncoder encoder = TinyModels.load()) {
      TrainingReport report =
          new Trainer(
                  encoder,
                  sts(),
                  Optional.empty(),
                  // Dropout moves the losses of so few examples more than training does.
                  TrainingSettings.builder().learningRate(3e-3).epochs(15).dropout(false).build(),
                  folder)
              .run(TrainingListener.NONE);
      List<Double> losses = report.losses();
      assertThat(mean(losses.subList(losses.size() - 4, losses.size())))
          .isLessThan(0.7 * mean(losses.subList(0, 4)));
    }
  }

  private static double mean(List<Double> values) {
    return values.stream().mapToDouble(Double::doubleValue).average().orElseThrow();
  }

  @Test
  void shouldStopAtALossThatIsNotANumberAndKeepTheLastCheckpoint() {
    Loss broken =
        new Loss() {
          private int calls;

          @Override
          public String name() {
            return "broken";
          }

          @Override
          public void checkColumns(int columns) {}

          @Override
          public NDArray compute(List<NDArray> columns, float[][] labels, NDManager memory) {
            calls++;
            NDArray sum = columns.get(0).sum();
            return calls == 4 ? sum.mul(Float.NaN) : sum;
          }
        };
    try (TrainableEncoder encoder = TinyModels.load()) {
      Objective objective = new Objective("task", TinyModels.SCORED, broken, Sampling.SHUFFLED, 3);
      Trainer trainer =
          new Trainer(
              encoder,
              List.of(objective),
              Optional.empty(),
              TrainingSettings.builder().checkpointSteps(1).build(),
              folder);
      assertThatThrownBy(() -> trainer.run(TrainingListener.NONE))
          .isInstanceOf(TrainingException.class)
          .hasMessageContaining("step 4, task, batch of 1 examples (of scored: [")
          .hasMessageContaining("the loss is NaN")
          .hasMessageContaining(folder.resolve("checkpoints/step-3").toString());
      assertThat(folder.resolve("checkpoints/step-3/state.safetensors")).isNotEmptyFile();
      assertThat(folder.resolve("checkpoints")).isDirectoryNotContaining("glob:**step-1");
    }
  }

  @Test
  void shouldStopAtAScoreThatIsNotANumber() {
    try (TrainableEncoder encoder = TinyModels.load()) {
      Validation validation = new Validation("spearman of dev", e -> Double.NaN);
      Trainer trainer =
          new Trainer(
              encoder,
              sts(),
              Optional.of(validation),
              TrainingSettings.builder().evaluationSteps(2).checkpointSteps(1).build(),
              folder);
      assertThatThrownBy(() -> trainer.run(TrainingListener.NONE))
          .isInstanceOf(TrainingException.class)
          .hasMessageContaining("step 2: spearman of dev is NaN")
          .hasMessageContaining(folder.resolve("checkpoints/step-1").toString());
    }
  }

  @Test
  void shouldNameTheStepWhoseBatchHasOneClass() {
    TrainingData data =
        new TrainingData(
            "two classes",
            List.of(
                TrainingExample.labelled(7, "a cat"),
                TrainingExample.labelled(7, "a dog"),
                TrainingExample.labelled(8, "a topic"),
                TrainingExample.labelled(8, "a stream")));
    try (TrainableEncoder encoder = TinyModels.load()) {
      Objective objective =
          new Objective(
              "groups",
              data,
              new BatchTripletLoss(BatchTripletLoss.Mining.HARD),
              Sampling.SHUFFLED,
              1);
      Trainer trainer =
          new Trainer(encoder, List.of(objective), Optional.empty(), QUICK.build(), folder);
      assertThatThrownBy(() -> trainer.run(TrainingListener.NONE))
          .isInstanceOf(TrainingException.class)
          .hasMessageContaining("step 1, groups")
          .hasMessageContaining("all 1 texts of the batch have the label");
    }
  }

  @Test
  void shouldLeaveFrozenParametersAsTheyAre() {
    try (TrainableEncoder encoder = TinyModels.load()) {
      String frozen = "embeddings.word_embeddings.weight";
      String free = "encoder.layer.1.output.dense.weight";
      float[] before = encoder.parameters().get(frozen).toFloatArray();
      float[] freeBefore = encoder.parameters().get(free).toFloatArray();
      TrainingSettings settings =
          TrainingSettings.builder().frozen(List.of("embeddings.", "encoder.layer.0.")).build();
      new Trainer(encoder, sts(), Optional.empty(), settings, folder).run(TrainingListener.NONE);
      assertThat(encoder.parameters().get(frozen).toFloatArray()).isEqualTo(before);
      assertThat(encoder.parameters().get(free).toFloatArray()).isNotEqualTo(freeBefore);
      TrainingSettings wrong = TrainingSettings.builder().frozen(List.of("embedings")).build();
      assertThatIllegalArgumentException()
          .isThrownBy(() -> new Trainer(encoder, sts(), Optional.empty(), wrong, folder))
          .withMessageContaining("embedings");
    }
  }

  @Test
  void shouldRefuseDataOfOneClass() {
    TrainingData data =
        new TrainingData(
            "one class",
            List.of(TrainingExample.labelled(7, "a cat"), TrainingExample.labelled(7, "a dog")));
    BatchTripletLoss loss = new BatchTripletLoss(BatchTripletLoss.Mining.HARD);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Objective("groups", data, loss, Sampling.SHUFFLED, 2))
        .withMessageContaining("one class")
        .withMessageContaining("all 2 texts");
  }

  @Test
  void shouldFreezeByWholePartsOfNames() {
    try (TrainableEncoder encoder = TinyModels.load()) {
      TrainingSettings half = TrainingSettings.builder().frozen(List.of("encoder.lay")).build();
      assertThatIllegalArgumentException()
          .isThrownBy(() -> new Trainer(encoder, sts(), Optional.empty(), half, folder))
          .withMessageContaining("encoder.lay");
    }
  }

  @Test
  void shouldRefuseDataWithoutTheLabelsThatTheLossNeeds() {
    TrainingData unlabelled =
        new TrainingData(
            "pairs.tsv",
            List.of(TrainingExample.of("a cat", "a dog"), TrainingExample.of("b", "c")));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Objective("sts", unlabelled, new CoSentLoss(), Sampling.SHUFFLED, 2))
        .withMessageContaining("pairs.tsv")
        .withMessageContaining("example 0 has none");
  }

  @Test
  void shouldNotTrainWhereItCannotWrite() throws IOException {
    Path file = Files.createFile(folder.resolve("file"));
    try (TrainableEncoder encoder = TinyModels.load()) {
      Trainer trainer =
          new Trainer(encoder, sts(), Optional.empty(), TrainingSettings.builder().build(), file);
      assertThatThrownBy(() -> trainer.run(TrainingListener.NONE))
          .isInstanceOf(TrainingException.class)
          .hasMessageContaining(file.toString());
    }
  }

  @Test
  void shouldRefuseToMixRuns() {
    TrainingSettings settings = TrainingSettings.builder().checkpointSteps(2).build();
    try (TrainableEncoder encoder = TinyModels.load()) {
      new Trainer(encoder, sts(), Optional.empty(), settings, folder).run(TrainingListener.NONE);
      assertThatThrownBy(
              () ->
                  new Trainer(encoder, sts(), Optional.empty(), settings, folder)
                      .run(TrainingListener.NONE))
          .isInstanceOf(TrainingException.class)
          .hasMessageContaining("earlier run");
      TrainingSettings other =
          TrainingSettings.builder().checkpointSteps(2).learningRate(1).build();
      assertThatThrownBy(
              () ->
                  new Trainer(encoder, sts(), Optional.empty(), other, folder)
                      .resume(TrainingListener.NONE))
          .isInstanceOf(TrainingException.class)
          .hasMessageContaining("settings.learning_rate was 2.0E-5 and is 1.0 now");
    }
  }

  @Test
  void shouldTrainTheSameWhateverOrderALossListsItsParametersIn() throws IOException {
    assertThat(optimizerSteps("forwards", false))
        .containsSubsequence("task.first", "task.second")
        .isEqualTo(optimizerSteps("backwards", true));
  }

  /** Names of the parameters, in the order in which the optimizer takes them. */
  private List<String> optimizerSteps(String name, boolean backwards) throws IOException {
    try (TrainableEncoder encoder = TinyModels.load();
        NDManager memory = encoder.newManager()) {
      Loss loss = new Scaled(memory, backwards);
      TrainingSettings settings = TrainingSettings.builder().checkpointSteps(1).build();
      new Trainer(
              encoder,
              List.of(new Objective("task", TinyModels.SCORED, loss, Sampling.SHUFFLED, 10)),
              Optional.empty(),
              settings,
              folder.resolve(name))
          .run(TrainingListener.NONE);
    }
    JsonNode state =
        new ObjectMapper()
            .readTree(folder.resolve(name).resolve("checkpoints/step-1/state.json").toFile());
    List<String> names = new ArrayList<>();
    state.path("optimizer_steps").fieldNames().forEachRemaining(names::add);
    return names;
  }

  /** A loss with two parameters. */
  private static final class Scaled implements Loss {
    private final Map<String, NDArray> parameters = new LinkedHashMap<>();

    Scaled(NDManager memory, boolean backwards) {
      for (String name : backwards ? List.of("second", "first") : List.of("first", "second")) {
        NDArray parameter = memory.ones(new Shape(1));
        parameter.setRequiresGradient(true);
        parameters.put(name, parameter);
      }
    }

    @Override
    public String name() {
      return "scaled";
    }

    @Override
    public void checkColumns(int columns) {}

    @Override
    public NDArray compute(List<NDArray> columns, float[][] labels, NDManager memory) {
      NDArray scaled = columns.get(0).mul(parameters.get("first")).add(parameters.get("second"));
      return scaled.sum();
    }

    @Override
    public Map<String, NDArray> parameters() {
      return parameters;
    }
  }

  private static List<Objective> sts() {
    return List.of(new Objective("sts", TinyModels.SCORED, new CoSentLoss(), Sampling.SHUFFLED, 3));
  }
}
