package io.sentencestreams.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sentencestreams.model.checkpoint.Checkpoint;
import io.sentencestreams.model.checkpoint.CheckpointException;
import io.sentencestreams.model.tokenization.ModelTokenizer;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Golden files: tests/golden/make_cross_encoder_golden.py. */
class CrossEncoderTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final EncoderOptions FP32 =
      EncoderOptions.DEFAULT.withPrecision(Precision.FP32).withDevices("cpu");

  @TempDir private Path folder;

  private static Path golden() throws URISyntaxException {
    return Path.of(CrossEncoderTest.class.getResource("/golden/cross").toURI());
  }

  static Stream<Path> models() throws IOException, URISyntaxException {
    try (Stream<Path> list = Files.list(golden())) {
      return list.sorted().toList().stream();
    }
  }

  private static JsonNode expected(Path model) throws IOException {
    return JSON.readTree(model.resolve("expected.json").toFile());
  }

  private static List<TextPair> pairs(JsonNode expected) {
    List<TextPair> pairs = new ArrayList<>();
    expected
        .path("pairs")
        .forEach(p -> pairs.add(new TextPair(p.path(0).asText(), p.path(1).asText())));
    return pairs;
  }

  @ParameterizedTest
  @MethodSource("models")
  void shouldCutPairsIntoTheTokensOfTheReference(Path model) throws IOException {
    JsonNode expected = expected(model);
    List<TextPair> pairs = pairs(expected);
    Checkpoint checkpoint = Checkpoint.openCrossEncoder(model);
    try (ModelTokenizer tokenizer =
        ModelTokenizer.open(checkpoint, checkpoint.maxSequenceLength())) {
      List<TokenizedText> tokenized =
          tokenizer.tokenizePairs(
              pairs.stream().map(TextPair::first).toList(),
              pairs.stream().map(TextPair::second).toList());
      for (int i = 0; i < pairs.size(); i++) {
        TokenizedText tokens = tokenized.get(i);
        int[] ids = JSON.convertValue(expected.path("tokens").path(i), int[].class);
        assertThat(tokens.ids()).as(pairs.get(i).toString()).containsExactly(ids);
        assertThat(types(tokens))
            .containsExactly(JSON.convertValue(expected.path("types").path(i), int[].class));
      }
    }
  }

  private static int[] types(TokenizedText tokens) {
    return IntStream.range(0, tokens.length()).map(i -> i < tokens.secondFrom() ? 0 : 1).toArray();
  }

  @ParameterizedTest
  @MethodSource("models")
  void shouldMakeOfPairsWhatTheReferenceMakes(Path model) throws IOException {
    JsonNode expected = expected(model);
    List<TextPair> pairs = pairs(expected);
    try (CrossEncoder encoder = CrossEncoder.load(Checkpoint.openCrossEncoder(model), FP32)) {
      float[][] logits = encoder.logits(pairs);
      float[][] scores = encoder.predict(pairs);
      for (int i = 0; i < pairs.size(); i++) {
        JsonNode row = expected.path("logits").path(i);
        JsonNode score = expected.path("scores").path(i);
        assertThat(logits[i]).hasSize(row.size()).hasSameSizeAs(encoder.labels());
        for (int k = 0; k < logits[i].length; k++) {
          assertThat(logits[i][k])
              .as("%s, label %d", pairs.get(i), k)
              .isCloseTo((float) row.path(k).asDouble(), within(1e-4f));
          assertThat(scores[i][k])
              .isCloseTo(
                  (float) (score.isArray() ? score.path(k) : score).asDouble(), within(1e-4f));
        }
      }
    }
  }

  @Test
  void shouldRankTheBestFirst() throws URISyntaxException {
    List<String> texts = List.of("a dog runs", "the cat", "", "a cat sits on the mat");
    Checkpoint model = Checkpoint.open(golden().resolve("bert"));
    try (CrossEncoder encoder = CrossEncoder.load(model, FP32)) {
      List<CrossEncoder.Ranked> ranked = encoder.rank("a cat", texts);
      assertThat(ranked).extracting(CrossEncoder.Ranked::index).containsOnly(0, 1, 2, 3).hasSize(4);
      assertThat(ranked)
          .extracting(CrossEncoder.Ranked::score)
          .isSortedAccordingTo((a, b) -> Float.compare(b, a));
      for (CrossEncoder.Ranked one : ranked) {
        float alone = encoder.predict(List.of(new TextPair("a cat", texts.get(one.index()))))[0][0];
        assertThat(one.score()).isCloseTo(alone, within(1e-5f));
      }
      assertThat(encoder.rank("a cat", List.of())).isEmpty();
    }
  }

  @Test
  void shouldSayThatClassesAreNoScore() throws URISyntaxException {
    Checkpoint model = Checkpoint.open(golden().resolve("bert-labels"));
    try (CrossEncoder encoder = CrossEncoder.load(model, FP32)) {
      assertThatThrownBy(() -> encoder.rank("a", List.of("b")))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("contradiction");
    }
  }

  @Test
  void shouldTellCrossEncodersFromSentenceEncoders() throws URISyntaxException {
    Checkpoint pairs = Checkpoint.open(golden().resolve("bert"));
    assertThatThrownBy(() -> SentenceEncoder.load(pairs, FP32))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("is a cross-encoder");
    Checkpoint texts = Checkpoint.open(golden().resolveSibling("mean"));
    assertThatThrownBy(() -> CrossEncoder.load(texts, FP32))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("ForSequenceClassification");
    assertThatThrownBy(() -> CrossEncoder.load(pairs, FP32.withPrecision(Precision.INT8)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("int8");
  }

  @Test
  void shouldNameWhatIsWrongWithAConfiguration() throws Exception {
    Path model = copy(golden().resolve("bert"));
    Path file = model.resolve("config.json");
    ObjectNode config = (ObjectNode) JSON.readTree(file.toFile());
    config.putObject("id2label").put("0", "no").put("1", "yes");
    JSON.writeValue(file.toFile(), config);
    Checkpoint two = Checkpoint.open(model);
    assertThatThrownBy(() -> CrossEncoder.load(two, FP32))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("classifier.weight");
    Path defaults = model.resolve("config_sentence_transformers.json");
    JSON.writeValue(
        defaults.toFile(),
        ((ObjectNode) JSON.readTree(defaults.toFile()))
            .put("activation_fn", "torch.nn.modules.activation.Hardtanh"));
    assertThatThrownBy(() -> Checkpoint.open(model))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("Hardtanh");
  }

  /** As the reference does: 0.4956 and 0.1756 are its scores of the changed models. */
  @Test
  void shouldPutAPromptBeforeTheFirstTextAndTellNoTypesWhereTheTokenizerHasNone() throws Exception {
    List<TextPair> pair = List.of(new TextPair("a cat sits", "on the mat"));
    Path model = copy(golden().resolve("bert"));
    assertThat(score(model, pair)).isCloseTo(0.2862f, within(1e-4f));
    Path defaults = model.resolve("config_sentence_transformers.json");
    ObjectNode json = (ObjectNode) JSON.readTree(defaults.toFile());
    json.putObject("prompts").put("query", "what is ");
    JSON.writeValue(defaults.toFile(), json.put("default_prompt_name", "query"));
    assertThat(score(model, pair)).isCloseTo(0.4956f, within(1e-4f));
    JSON.writeValue(defaults.toFile(), json.putNull("default_prompt_name"));
    Path tokenizer = model.resolve("tokenizer_config.json");
    ObjectNode settings = (ObjectNode) JSON.readTree(tokenizer.toFile());
    settings.putArray("model_input_names").add("input_ids").add("attention_mask");
    JSON.writeValue(tokenizer.toFile(), settings);
    assertThat(score(model, pair)).isCloseTo(0.1756f, within(1e-4f));
  }

  private static float score(Path model, List<TextPair> pair) {
    try (CrossEncoder encoder = CrossEncoder.load(Checkpoint.open(model), FP32)) {
      return encoder.predict(pair)[0][0];
    }
  }

  private Path copy(Path model) throws IOException {
    Path copy = folder.resolve("copy");
    Files.createDirectories(copy);
    try (Stream<Path> files = Files.list(model)) {
      for (Path file : files.toList()) {
        Files.copy(file, copy.resolve(file.getFileName()));
      }
    }
    return copy;
  }
}
