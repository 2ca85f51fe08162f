package io.sentencestreams.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sentencestreams.model.CrossEncoder;
import io.sentencestreams.model.EncoderOptions;
import io.sentencestreams.model.Precision;
import io.sentencestreams.model.TextPair;
import io.sentencestreams.model.checkpoint.Checkpoint;
import io.sentencestreams.model.checkpoint.Safetensors;
import io.sentencestreams.model.checkpoint.Weights;
import io.sentencestreams.model.composition.NewCrossEncoder;
import io.sentencestreams.model.training.Dropout;
import io.sentencestreams.model.training.TrainableEncoder;
import io.sentencestreams.model.training.TrainableOptions;
import io.sentencestreams.trainer.data.Sampling;
import io.sentencestreams.trainer.data.SentencePair;
import io.sentencestreams.trainer.data.TrainingData;
import io.sentencestreams.trainer.data.TrainingExample;
import io.sentencestreams.trainer.evaluation.Evaluation;
import io.sentencestreams.trainer.evaluation.PairAccuracyEvaluator;
import io.sentencestreams.trainer.evaluation.PairCorrelationEvaluator;
import io.sentencestreams.trainer.evaluation.PairRerankingEvaluator;
import io.sentencestreams.trainer.evaluation.RerankingEvaluator.Sample;
import io.sentencestreams.trainer.loss.BinaryCrossEntropyLoss;
import io.sentencestreams.trainer.loss.CosineSimilarityLoss;
import io.sentencestreams.trainer.loss.CrossEntropyLoss;
import io.sentencestreams.trainer.loss.Loss;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Golden files: tests/golden/make_cross_encoder_golden.py. */
class CrossEncoderTrainingTest {
  private static final EncoderOptions FP32 =
      EncoderOptions.DEFAULT.withPrecision(Precision.FP32).withDevices("cpu");
  private static final Path MODELS = TinyModels.folder("cross");

  @TempDir private Path folder;

  static Stream<Path> models() throws IOException {
    try (Stream<Path> list = Files.list(MODELS)) {
      return list
          .filter(model -> Files.exists(model.resolve("gradients.safetensors")))
          .sorted()
          .toList()
          .stream();
    }
  }

  private static Loss loss(Checkpoint checkpoint) {
    int labels = checkpoint.scoring().orElseThrow().labels().size();
    return labels == 1 ? new BinaryCrossEntropyLoss() : new CrossEntropyLoss(labels);
  }

  private static List<TrainingExample> examples(JsonNode golden) {
    List<TrainingExample> batch = new ArrayList<>();
    for (int i = 0; i < golden.path("labels").size(); i++) {
      JsonNode pair = golden.path("pairs").path(i);
      batch.add(
          TrainingExample.labelled(
              golden.path("labels").path(i).asDouble(),
              pair.path(0).asText(),
              pair.path(1).asText()));
    }
    return batch;
  }

  @ParameterizedTest
  @MethodSource("models")
  void shouldFindTheLossAndTheGradientsOfTheReference(Path model) throws IOException {
    JsonNode golden = new ObjectMapper().readTree(model.resolve("expected.json").toFile());
    List<TrainingExample> batch = examples(golden);
    float[][] labels = batch.stream().map(TrainingExample::label).toArray(float[][]::new);
    try (TrainableEncoder encoder =
            TrainableEncoder.load(Checkpoint.open(model), TrainableOptions.DEFAULT);
        Weights expected = Safetensors.open(model.resolve("gradients.safetensors"))) {
      Loss loss = loss(encoder.checkpoint());
      double value = new TrainingStep(encoder, loss, 1, Dropout.NONE).run(batch, labels);
      assertThat(value).isCloseTo(golden.path("loss").asDouble(), within(1e-5));
      Set<String> compared = new TreeSet<>();
      for (Map.Entry<String, NDArray> parameter : encoder.parameters().entrySet()) {
        String name =
            expected.names().stream()
                .filter(n -> n.equals(parameter.getKey()) || n.endsWith("." + parameter.getKey()))
                .findFirst()
                .orElseThrow();
        compared.add(name);
        compare(parameter.getValue(), expected, name);
      }
      assertThat(compared).isEqualTo(new TreeSet<>(expected.names()));
    }
  }

  private static void compare(NDArray parameter, Weights expected, String name) {
    float[] found;
    try (NDArray gradient = parameter.getGradient()) {
      found = gradient.toFloatArray();
    }
    FloatBuffer wanted = expected.get(name).data().asFloatBuffer();
    float greatest = 0;
    for (int i = 0; i < found.length; i++) {
      greatest = Math.max(greatest, Math.abs(wanted.get(i)));
    }
    for (int i = 0; i < found.length; i++) {
      assertThat(found[i])
          .as("%s, %d", name, i)
          .isCloseTo(wanted.get(i), within(1e-6f + 1e-4f * greatest));
    }
  }

  @Test
  void shouldLearnFromASentenceEncoderAndBeSavedForBothLibraries() throws IOException {
    Checkpoint base =
        NewCrossEncoder.write(
            Checkpoint.open(TinyModels.folder("mean")),
            List.of("score"),
            7,
            folder.resolve("base"));
    List<TrainingExample> examples = new ArrayList<>();
    for (String word : List.of("cat", "dog", "mat", "river", "stream", "text")) {
      examples.add(TrainingExample.labelled(1, "the " + word, "a " + word));
      examples.add(TrainingExample.labelled(0, "the " + word, "kafka"));
    }
    TrainingData data = new TrainingData("pairs", examples);
    PairCorrelationEvaluator evaluator =
        new PairCorrelationEvaluator(
            examples.stream()
                .map(e -> new SentencePair(e.texts().get(0), e.texts().get(1), e.label()[0]))
                .toList());
    List<TextPair> pairs =
        examples.stream().map(e -> new TextPair(e.texts().get(0), e.texts().get(1))).toList();
    TrainingSettings settings =
        TrainingSettings.builder().epochs(30).learningRate(3e-3).warmup(0).build();
    float[][] scores;
    TrainingReport report;
    try (TrainableEncoder encoder = TrainableEncoder.load(base, TrainableOptions.DEFAULT)) {
      Objective objective =
          new Objective("pairs", data, new BinaryCrossEntropyLoss(), Sampling.SHUFFLED, 4);
      report =
          new Trainer(
                  encoder, List.of(objective), Optional.empty(), settings, folder.resolve("run"))
              .run(TrainingListener.NONE);
      scores = encoder.score(pairs);
      assertThat(evaluator.evaluate(encoder::score).score()).isGreaterThan(0.8);
    }
    assertThat(report.losses().get(report.losses().size() - 1)).isLessThan(0.3);
    Checkpoint saved = Checkpoint.open(folder.resolve("run/model"));
    try (CrossEncoder encoder = CrossEncoder.load(saved, FP32)) {
      assertThat(encoder.labels()).containsExactly("score");
      float[][] served = encoder.logits(pairs);
      for (int i = 0; i < served.length; i++) {
        assertThat(served[i][0]).isCloseTo(scores[i][0], within(1e-4f));
      }
    }
    try (Weights weights = Safetensors.open(saved.directory().resolve("model.safetensors"))) {
      assertThat(weights.names())
          .contains("bert.embeddings.token_type_embeddings.weight", "bert.pooler.dense.bias")
          .contains("classifier.weight")
          .allMatch(name -> name.startsWith("bert.") || name.startsWith("classifier."));
    }
  }

  @Test
  void shouldDrawEachLayerOfAHeadOfItsOwn() throws IOException {
    Checkpoint made =
        NewCrossEncoder.write(
            Checkpoint.open(TinyModels.folder("roberta")), List.of("a", "b"), 7, folder);
    try (Weights weights = Safetensors.open(folder.resolve("model.safetensors"))) {
      FloatBuffer dense = weights.get("classifier.dense.weight").data().asFloatBuffer();
      FloatBuffer output = weights.get("classifier.out_proj.weight").data().asFloatBuffer();
      assertThat(dense.get(0)).isNotZero().isNotEqualTo(output.get(0));
    }
    assertThat(made.scoring().orElseThrow().labels()).containsExactly("a", "b");
    assertThat(made.maxSequenceLength())
        .isLessThanOrEqualTo(made.config().maxPositionEmbeddings() - 2);
  }

  @Test
  void shouldRefuseLossesOfTheOtherKindOfModel() {
    TrainingData data =
        new TrainingData("pairs", List.of(TrainingExample.labelled(1, "a cat", "a dog")));
    TrainingSettings settings = TrainingSettings.builder().build();
    try (TrainableEncoder pairs =
            TrainableEncoder.load(
                Checkpoint.open(MODELS.resolve("bert")), TrainableOptions.DEFAULT);
        TrainableEncoder texts = TinyModels.load()) {
      Objective cosine = new Objective("a", data, new CosineSimilarityLoss(), Sampling.SHUFFLED, 1);
      Objective entropy =
          new Objective("a", data, new BinaryCrossEntropyLoss(), Sampling.SHUFFLED, 1);
      assertThatThrownBy(
              () -> new Trainer(pairs, List.of(cosine), Optional.empty(), settings, folder))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("is for sentence encoders");
      assertThatThrownBy(
              () -> new Trainer(texts, List.of(entropy), Optional.empty(), settings, folder))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("is for cross-encoders");
      assertThatThrownBy(
              () -> {
                try (NDManager memory = pairs.newManager()) {
                  new CrossEntropyLoss(3)
                      .compute(List.of(memory.zeros(new Shape(1, 1))), new float[1][1], memory);
                }
              })
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("a cross-encoder of 3 labels");
    }
  }

  @Test
  void shouldMeasureByHand() {
    List<TrainingExample> classes =
        List.of(
            TrainingExample.labelled(0, "a", "b"),
            TrainingExample.labelled(2, "c", "d"),
            TrainingExample.labelled(1, "e", "f"));
    float[][] rows = {{3, 1, 2}, {0, 1, 2}, {5, 4, 3}};
    assertThat(new PairAccuracyEvaluator(classes).evaluate(pairs -> rows).score())
        .isCloseTo(2.0 / 3, within(1e-12));
    List<SentencePair> scored =
        List.of(
            new SentencePair("a", "b", 1),
            new SentencePair("c", "d", 3),
            new SentencePair("e", "f", 2));
    Evaluation correlation =
        new PairCorrelationEvaluator(scored).evaluate(pairs -> new float[][] {{-1}, {100}, {5}});
    assertThat(correlation.metric("spearman")).isCloseTo(1, within(1e-12));
    assertThat(correlation.metric("pearson")).isLessThan(0.95);
    List<Sample> samples = List.of(new Sample("q", List.of("good"), List.of("bad", "worse")));
    Evaluation ranking =
        new PairRerankingEvaluator(samples)
            .evaluate(
                pairs -> {
                  assertThat(pairs)
                      .containsExactly(
                          new TextPair("q", "good"),
                          new TextPair("q", "bad"),
                          new TextPair("q", "worse"));
                  return new float[][] {{2}, {3}, {1}};
                });
    assertThat(ranking.metric("mrr@10")).isCloseTo(0.5, within(1e-12));
    assertThatThrownBy(() -> new PairAccuracyEvaluator(classes).evaluate(pairs -> new float[3][1]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("1 labels");
  }
}
