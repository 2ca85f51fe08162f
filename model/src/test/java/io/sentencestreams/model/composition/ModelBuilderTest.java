package io.sentencestreams.model.composition;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sentencestreams.model.EncoderOptions;
import io.sentencestreams.model.Golden;
import io.sentencestreams.model.SentenceEncoder;
import io.sentencestreams.model.checkpoint.Activation;
import io.sentencestreams.model.checkpoint.Checkpoint;
import io.sentencestreams.model.checkpoint.CheckpointException;
import io.sentencestreams.model.checkpoint.PoolingMode;
import io.sentencestreams.model.checkpoint.Safetensors;
import io.sentencestreams.model.checkpoint.SentenceModule;
import io.sentencestreams.model.checkpoint.Tensor;
import io.sentencestreams.model.checkpoint.TensorType;
import io.sentencestreams.model.checkpoint.Weights;
import io.sentencestreams.model.checkpoint.WordVocabulary;
import io.sentencestreams.model.internal.FreshWeights;
import io.sentencestreams.model.training.TrainableEncoder;
import io.sentencestreams.model.training.TrainableOptions;
import io.sentencestreams.model.words.WordVectors;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Models made of modules here, beside the same made by the reference. With {@code
 * -Dmodels.built=DIR} they are left there, for {@code tests/python/check_saved.py}.
 */
class ModelBuilderTest {
  /** The model's own of each side: the versions of libraries, and the transformer's settings. */
  private static final Set<String> NOT_COMPARED =
      Set.of("expected.json", "config_sentence_transformers.json", "sentence_bert_config.json");

  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private Path folder;
  private GoldenBuilders goldens;

  static List<String> names() {
    return GoldenBuilders.names();
  }

  @BeforeEach
  void open() {
    goldens = new GoldenBuilders(folder);
  }

  @AfterEach
  void close() {
    goldens.close();
  }

  private static SentenceEncoder load(Path model) {
    return SentenceEncoder.load(model, EncoderOptions.DEFAULT.withDevices("cpu"));
  }

  @ParameterizedTest
  @MethodSource("names")
  void shouldWriteWhatTheReferenceWritesButForWhatIsDrawn(String name) throws IOException {
    Golden golden = Golden.of("modules/" + name);
    Path reference = golden.checkpoint().directory();
    Path built = goldens.make(name).save(folder.resolve("built")).directory();
    for (Path file : files(reference, ".json")) {
      assertThat(sameJson(reference.resolve(file), built.resolve(file))).as("%s", file).isTrue();
    }
    List<Path> weights = files(reference, "model.safetensors");
    assertThat(files(built, "model.safetensors")).isEqualTo(weights);
    for (Path file : weights) {
      assertThat(types(built.resolve(file))).isEqualTo(types(reference.resolve(file)));
      Files.copy(reference.resolve(file), built.resolve(file), StandardCopyOption.REPLACE_EXISTING);
    }
    try (SentenceEncoder encoder = load(built)) {
      float[][] embeddings = encoder.encode(golden.texts());
      for (int i = 0; i < embeddings.length; i++) {
        assertThat(embeddings[i])
            .as(golden.texts().get(i))
            .containsExactly(golden.embedding(i), within(2e-5f));
      }
    }
  }

  private static List<Path> files(Path root, String end) throws IOException {
    try (Stream<Path> walk = Files.walk(root)) {
      return walk.filter(file -> file.toString().endsWith(end))
          .filter(file -> !NOT_COMPARED.contains(file.getFileName().toString()))
          .map(root::relativize)
          .sorted()
          .toList();
    }
  }

  /** Numbers by their value, 2 and 2.0 alike. */
  private static boolean sameJson(Path expected, Path actual) throws IOException {
    JsonNode tree = sortedStopWords(JSON.readTree(actual.toFile()));
    return sortedStopWords(JSON.readTree(expected.toFile()))
        .equals(
            (a, b) ->
                a.isNumber() && b.isNumber()
                    ? Double.compare(a.asDouble(), b.asDouble())
                    : a.equals(b) ? 0 : 1,
            tree);
  }

  /** They are a set in the reference, and written in any order. */
  private static JsonNode sortedStopWords(JsonNode tree) {
    if (tree.path("stop_words").isArray()) {
      TreeSet<String> words = new TreeSet<>();
      tree.path("stop_words").forEach(word -> words.add(word.asText()));
      words.forEach(((ObjectNode) tree).putArray("stop_words")::add);
    }
    return tree;
  }

  private static Map<String, TensorType> types(Path file) {
    Map<String, TensorType> types = new TreeMap<>();
    try (Weights weights = Safetensors.open(file)) {
      weights.names().forEach(name -> types.put(name, weights.get(name).type()));
    }
    return types;
  }

  @ParameterizedTest
  @MethodSource("names")
  void shouldMakeModelsThatServeAndTrainAlike(String name) throws IOException {
    String keep = System.getProperty("models.built");
    Path target = (keep == null ? folder : Path.of(keep)).resolve(name);
    Checkpoint built = goldens.make(name).seed(7).save(target);
    List<String> texts = Golden.of("modules/" + name).texts();
    float[][] served;
    try (SentenceEncoder encoder = load(target);
        TrainableEncoder trainable = TrainableEncoder.load(built, TrainableOptions.DEFAULT)) {
      served = encoder.encode(texts);
      float[][] trained = trainable.encode(texts);
      for (int i = 0; i < served.length; i++) {
        assertThat(served[i]).as(texts.get(i)).containsExactly(trained[i], within(2e-5f));
      }
    }
    Checkpoint again = goldens.make(name).seed(7).save(folder.resolve("again"));
    assertThat(again.digest()).isEqualTo(built.digest());
    if (keep != null) {
      JSON.writeValue(
          target.resolve("expected.json").toFile(), Map.of("texts", texts, "embeddings", served));
    }
  }

  @Test
  void shouldDrawOtherWeightsFromAnotherSeedAndForEachModule() throws IOException {
    ModelBuilder builder = goldens.make("words").dense(16).dense(16);
    Path one = builder.seed(1).save(folder.resolve("1")).directory();
    Path two = builder.seed(2).save(folder.resolve("2")).directory();
    assertThat(weight(one, "2_Dense")).isNotEqualTo(weight(two, "2_Dense"));
    assertThat(weight(one, "2_Dense")).isNotEqualTo(weight(one, "3_Dense"));
  }

  private static float[] weight(Path model, String module) {
    try (Weights weights = Safetensors.open(model.resolve(module).resolve("model.safetensors"))) {
      return floats(weights.get("linear.weight"));
    }
  }

  private static float[] floats(Tensor tensor) {
    FloatBuffer buffer = tensor.data().asFloatBuffer();
    float[] values = new float[buffer.remaining()];
    buffer.get(values);
    return values;
  }

  /** PyTorch: uniform in one over the root of the inputs for a layer, of the state for an LSTM. */
  @Test
  void shouldDrawWeightsAsPyTorchDoes() {
    Path none = Path.of("");
    SentenceModule dense =
        new SentenceModule.Dense(none, 100, 200, true, Activation.TANH, true, false);
    assertUniform(FreshWeights.of(dense, 1), 0.1, 200, "linear.weight", "residual.weight");
    assertThat(FreshWeights.of(dense, 1)).containsKey("linear.bias");
    SentenceModule lstm = new SentenceModule.Lstm(none, 30, 64, 2, 0, true);
    Map<String, Tensor> gates = FreshWeights.of(lstm, 1);
    assertUniform(gates, 0.125, 256, gates.keySet().toArray(new String[0]));
    assertThat(gates).hasSize(16);
    SentenceModule cnn = new SentenceModule.Cnn(none, 20, 300, List.of(1, 5));
    assertUniform(FreshWeights.of(cnn, 1), 1 / Math.sqrt(20), 300, "convs.0.weight");
    assertUniform(FreshWeights.of(cnn, 1), 0.1, 300, "convs.1.weight", "convs.1.bias");
    float[] table =
        floats(
            FreshWeights.of(new SentenceModule.StaticEmbedding(none, 500, 40), 1)
                .get("embedding.weight"));
    double squares = 0;
    for (float value : table) {
      squares += value * value;
    }
    assertThat(squares / table.length).isCloseTo(1, within(0.03));
    Map<String, Tensor> norm = FreshWeights.of(new SentenceModule.LayerNorm(none, 2), 1);
    assertThat(floats(norm.get("norm.weight"))).containsExactly(1, 1);
    assertThat(floats(norm.get("norm.bias"))).containsExactly(0, 0);
    assertThat(
            floats(
                FreshWeights.of(new SentenceModule.WeightedLayerPooling(none, 4, 3, 1), 1)
                    .get("layer_weights")))
        .containsExactly(1, 1, 1);
  }

  private static void assertUniform(
      Map<String, Tensor> weights, double bound, int least, String... names) {
    for (String name : names) {
      float[] values = floats(weights.get(name));
      double squares = 0;
      double sum = 0;
      for (float value : values) {
        assertThat(Math.abs(value)).as(name).isLessThanOrEqualTo((float) bound);
        squares += value * value;
        sum += value;
      }
      double share = bound / Math.sqrt(Math.max(least, values.length));
      assertThat(sum / values.length).as(name).isCloseTo(0, within(4 * share));
      assertThat(squares / values.length)
          .as(name)
          .isCloseTo(bound * bound / 3, within(2 * bound * share));
    }
  }

  @Test
  void shouldRefuseAModuleThatDoesNotFitAndNameBoth() throws IOException {
    Checkpoint bert = GoldenBuilders.golden("dense");
    assertRefused(
        () -> ModelBuilder.from(bert).pooling(PoolingMode.MEAN).dense(512, 8, Activation.TANH),
        "module 3 of the new model: Dense takes vectors of 512, but Pooling gives sentence"
            + " embeddings of 16");
    assertRefused(
        () -> ModelBuilder.from(bert).dense(8),
        "module 2 of the new model: Dense takes a sentence embedding, but Transformer gives token"
            + " embeddings of 16");
    assertRefused(
        () -> ModelBuilder.from(bert).pooling(PoolingMode.MEAN).lstm(8),
        "module 3 of the new model: LSTM takes token embeddings, but Pooling gives sentence"
            + " embeddings of 16");
    assertRefused(
        () -> ModelBuilder.from(bert).wordWeights(Map.of(), 1),
        "WordWeights needs WordEmbeddings first, not Transformer");
    assertRefused(
        () -> goldens.make("words").weightedLayerPooling(0),
        "WeightedLayerPooling takes the layers of a Transformer, but follows Pooling");
    assertRefused(
        () -> ModelBuilder.from(bert).weightedLayerPooling(3),
        "WeightedLayerPooling begins with layer 3, but the Transformer has 2");
    assertRefused(
        () -> ModelBuilder.from(bert).cnn(4, 3).save(folder.resolve("none")),
        "CNN gives token embeddings of 4; add a Pooling");
    assertThat(folder.resolve("none")).doesNotExist();
  }

  private static void assertRefused(ThrowingCallable action, String message) {
    assertThatThrownBy(action)
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining(message);
  }

  @Test
  void shouldRefuseNumbersThatMakeNoModule() throws IOException {
    Checkpoint bert = GoldenBuilders.golden("dense");
    Map<String, ThrowingCallable> mistakes = new LinkedHashMap<>();
    mistakes.put("outputs must be at least 1, not 0", () -> goldens.make("words").dense(0));
    mistakes.put("a kernel of 4 tokens", () -> ModelBuilder.from(bert).cnn(4, 4));
    mistakes.put("at least one kernel size", () -> ModelBuilder.from(bert).cnn(4));
    mistakes.put("hiddenDimension must be at", () -> ModelBuilder.from(bert).lstm(0));
    mistakes.put("below 1, not 1.0", () -> goldens.make("words").dropout(1));
    mistakes.put("at least one mode", () -> ModelBuilder.from(bert).pooling());
    mistakes.put("takes texts of 3 to 32 tokens, not 33", () -> ModelBuilder.from(bert, 33));
    mistakes.put("at least one word", () -> ModelBuilder.bagOfWords(List.of(), Map.of(), 1, true));
    mistakes.put(
        "has a method of its own",
        () -> ModelBuilder.from(bert).add(f -> new SentenceModule.WordWeights(f, 3)));
    mistakes.forEach(
        (message, action) ->
            assertThatThrownBy(action)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(message));
    Path file = Files.writeString(folder.resolve("one.txt"), "the 1 2\n");
    try (WordVectors vectors = WordVectors.read(file)) {
      WordVocabulary other = WordVocabulary.of(List.of("a"));
      assertThatThrownBy(() -> ModelBuilder.wordEmbeddings(vectors, other, true))
          .hasMessage("the vocabulary has other words (1) than the vectors (2)");
    }
  }

  @Test
  void shouldCutTextsOfAnotherModelsTransformerAtAnotherLength() throws IOException {
    Checkpoint bert = GoldenBuilders.golden("dense");
    Checkpoint shorter =
        ModelBuilder.from(bert, 5).pooling(PoolingMode.MEAN).save(folder.resolve("short"));
    assertThat(shorter.maxSequenceLength()).isEqualTo(5);
    try (SentenceEncoder encoder = load(shorter.directory())) {
      assertThat(encoder.encode("the cat sits on a mat"))
          .isEqualTo(encoder.encode("the cat sits in red"));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"model2vec", "model2vec_half", "word_pieces", "words"})
  void shouldTakeTheTableOfAnotherModel(String name) throws IOException {
    Golden golden = Golden.of("modules/" + name);
    Checkpoint base = golden.checkpoint();
    ModelBuilder builder = ModelBuilder.from(base);
    for (SentenceModule module : base.modules().subList(1, base.modules().size())) {
      builder.add(folder -> module);
    }
    Path built = builder.save(folder.resolve("built")).directory();
    try (SentenceEncoder encoder = load(built)) {
      float[][] embeddings = encoder.encode(golden.texts());
      for (int i = 0; i < embeddings.length; i++) {
        assertThat(embeddings[i])
            .as(golden.texts().get(i))
            .containsExactly(golden.embedding(i), within(1e-5f));
      }
    }
  }

  @Test
  void shouldNotReplaceTheCheckpointThatItTakesPartsFrom() throws IOException {
    Path base = Golden.copy("mean", folder.resolve("models"));
    ModelBuilder builder = ModelBuilder.from(Checkpoint.open(base)).pooling(PoolingMode.MAX);
    assertThat(builder.save(base).modules()).hasSize(2); // in place of itself it may
    assertThatThrownBy(() -> builder.save(Files.createDirectories(folder.resolve("x")).getParent()))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("would be lost");
  }
}
