package io.sentencestreams.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sentencestreams.model.checkpoint.Checkpoint;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What encode() makes of its options, beside the reference. */
class EncodingTest {
  private static JsonNode expected;
  private static List<String> texts;

  @TempDir private Path temporary;

  @BeforeAll
  static void read() throws IOException {
    try (InputStream in = EncodingTest.class.getResourceAsStream("/golden/encodings.json")) {
      expected = new ObjectMapper().readTree(in);
    }
    texts = new ArrayList<>();
    expected.path("texts").forEach(text -> texts.add(text.asText()));
  }

  private SentenceEncoder load(Checkpoint checkpoint) {
    EncoderOptions options =
        EncoderOptions.DEFAULT.withPrecision(Precision.FP32).withDevices("cpu");
    return SentenceEncoder.load(checkpoint, options, temporary.resolve("choices"));
  }

  private SentenceEncoder load() {
    return load(Golden.of("all_gelu_new").checkpoint());
  }

  private static float[] floats(JsonNode row) {
    float[] values = new float[row.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) row.path(i).asDouble();
    }
    return values;
  }

  private static void assertRows(float[][] actual, JsonNode rows) {
    assertThat(actual).hasNumberOfRows(rows.size());
    for (int i = 0; i < actual.length; i++) {
      assertThat(actual[i]).containsExactly(floats(rows.path(i)), within(1e-5f));
    }
  }

  @Test
  void shouldPutAPromptBeforeEachText() {
    try (SentenceEncoder encoder = load()) {
      assertRows(
          encoder.encode(texts, EncodeOptions.DEFAULT.withPrompt("the red ")),
          expected.path("prompt"));
    }
  }

  @Test
  void shouldUseThePromptsOfTheModelByName() throws IOException {
    Path copy = Golden.copy("all_gelu_new", temporary.resolve("model"));
    Files.writeString(
        copy.resolve("config_sentence_transformers.json"),
        "{\"prompts\": {\"query\": \"the red \", \"document\": \"\"}, \"default_prompt_name\":"
            + " \"query\", \"similarity_fn_name\": \"dot\", \"truncate_dim\": 5}");
    Checkpoint checkpoint = Checkpoint.open(copy);
    assertThat(checkpoint.digest()).isNotEqualTo(Golden.of("all_gelu_new").checkpoint().digest());
    try (SentenceEncoder encoder = load(checkpoint)) {
      float[][] byDefault = encoder.encode(texts);
      assertThat(encoder.dimension()).isEqualTo(5);
      assertThat(byDefault[0])
          .hasSize(5)
          .usingComparatorWithPrecision(1e-5f)
          .startsWith(Arrays.copyOf(floats(expected.at("/prompt/0")), 5));
      assertThat(encoder.encode(texts, EncodeOptions.DEFAULT.withPromptName("query")))
          .isDeepEqualTo(byDefault);
      assertThat(encoder.encode(texts, EncodeOptions.DEFAULT.withPromptName("document"))[0])
          .usingComparatorWithPrecision(1e-5f)
          .startsWith(Arrays.copyOf(floats(expected.at("/embeddings/0")), 5));
      assertThat(encoder.encodeBatch(encoder.tokenize(texts.subList(0, 1)), 0)[0])
          .containsExactly(byDefault[0], within(1e-5f));
      assertThat(encoder.similarity(byDefault, byDefault)[0][0])
          .isCloseTo(
              (float) SimilarityFunction.DOT.similarity(byDefault[0], byDefault[0]), within(1e-4f));
      assertThatThrownBy(() -> encoder.encode(texts, EncodeOptions.DEFAULT.withPromptName("title")))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("title")
          .hasMessageContaining("[query, document]");
    }
  }

  @Test
  void shouldCutEmbeddingsBeforeItScalesThem() {
    try (SentenceEncoder encoder = load()) {
      assertRows(
          encoder.encode(texts, EncodeOptions.DEFAULT.withTruncateDimension(5).withNormalize(true)),
          expected.path("truncated"));
    }
  }

  @Test
  void shouldGiveTheEmbeddingsOfTokens() {
    try (SentenceEncoder encoder = load()) {
      List<float[][]> tokens = encoder.encodeTokens(texts);
      assertThat(tokens).hasSameSizeAs(texts);
      for (int i = 0; i < texts.size(); i++) {
        assertRows(tokens.get(i), expected.path("tokens").path(i));
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void shouldQuantizeAsTheReference(EmbeddingPrecision precision) {
    float[][] embeddings = new float[texts.size()][];
    for (int i = 0; i < embeddings.length; i++) {
      embeddings[i] = floats(expected.path("embeddings").path(i));
    }
    byte[][] quantized = precision.quantize(embeddings);
    JsonNode rows = expected.path("quantized").path(precision.name().toLowerCase(Locale.ROOT));
    for (int i = 0; i < quantized.length; i++) {
      for (int d = 0; d < quantized[i].length; d++) {
        assertThat(quantized[i][d]).isEqualTo((byte) rows.path(i).path(d).asInt());
      }
      assertThat(quantized[i]).hasSize(rows.path(i).size());
    }
  }

  @Test
  void shouldSayThatARangeNeedsTwoEmbeddings() {
    assertThatThrownBy(() -> EmbeddingPrecision.INT8.quantize(new float[1][4]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("at least two");
  }
}
