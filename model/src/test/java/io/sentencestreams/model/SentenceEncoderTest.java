package io.sentencestreams.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.sentencestreams.model.checkpoint.Checkpoint;
import io.sentencestreams.model.checkpoint.CheckpointException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SentenceEncoderTest {
  @TempDir Path temporary;

  private SentenceEncoder load(Golden golden, EncoderOptions options) {
    return SentenceEncoder.load(golden.checkpoint(), options, temporary.resolve("choices"));
  }

  private static EncoderOptions fp32() {
    return EncoderOptions.DEFAULT.withPrecision(Precision.FP32).withDevices("cpu");
  }

  @ParameterizedTest
  @ValueSource(strings = {"mean", "cls", "max_relu", "all_gelu_new", "weighted_last", "roberta"})
  void shouldGiveTheEmbeddingsOfTheReferenceWhenTextsDifferInLength(String name) {
    Golden golden = Golden.of(name);
    try (SentenceEncoder encoder = load(golden, fp32())) {
      float[][] embeddings = encoder.encode(golden.texts());
      for (int i = 0; i < embeddings.length; i++) {
        assertThat(embeddings[i])
            .as(golden.texts().get(i))
            .hasSize(encoder.dimension())
            .containsExactly(golden.embedding(i), within(1e-5f));
      }
    }
  }

  @Test
  void shouldTokenizeAsTheReferenceAndSayWhatWasTruncated() {
    Golden golden = Golden.of("mean");
    try (SentenceEncoder encoder = load(golden, fp32())) {
      List<TokenizedText> tokenized = encoder.tokenize(golden.texts());
      for (int i = 0; i < tokenized.size(); i++) {
        assertThat(tokenized.get(i).length())
            .isEqualTo(golden.expected().at("/tokens/" + i).asInt());
        assertThat(tokenized.get(i).truncated())
            .isEqualTo(golden.expected().at("/truncated/" + i).asBoolean());
      }
    }
  }

  @Test
  void shouldKeepSpecialTokensWhenTruncatedToAShorterMaximum() {
    Golden golden = Golden.of("mean");
    try (SentenceEncoder encoder = load(golden, fp32().withMaxSequenceLength(5))) {
      int[] whole = encoder.tokenize(List.of("cat")).get(0).ids();
      TokenizedText cut = encoder.tokenize(List.of("the cat sits on a mat")).get(0);
      assertThat(cut.truncated()).isTrue();
      assertThat(cut.ids()).hasSize(5).startsWith(whole[0]).endsWith(whole[2]);
    }
  }

  @Test
  void shouldRestoreOrderWhenTextsAreSplitIntoSmallBatches() {
    Golden golden = Golden.of("mean");
    List<Integer> order = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      order.add(i % golden.texts().size());
    }
    Collections.shuffle(order, new Random(7));
    List<Integer> progress = new ArrayList<>();
    try (SentenceEncoder encoder = load(golden, fp32())) {
      float[][] embeddings =
          encoder.encode(
              order.stream().map(golden.texts()::get).toList(),
              EncodeOptions.DEFAULT
                  .withBatchTokens(50)
                  .withProgress((done, total) -> progress.add(done)));
      for (int i = 0; i < embeddings.length; i++) {
        assertThat(embeddings[i]).containsExactly(golden.embedding(order.get(i)), within(1e-5f));
      }
    }
    assertThat(progress).isSorted().doesNotHaveDuplicates().endsWith(300);
  }

  @ParameterizedTest
  @ValueSource(strings = {"BF16", "FP16"})
  void shouldStayNearFullPrecisionWhenAskedForHalf(Precision precision) {
    Golden golden = Golden.of("mean");
    try (SentenceEncoder encoder = load(golden, fp32().withPrecision(precision))) {
      float[][] embeddings = encoder.encode(golden.texts());
      for (int i = 0; i < embeddings.length; i++) {
        assertThat(SimilarityFunction.COSINE.similarity(embeddings[i], golden.embedding(i)))
            .isGreaterThan(0.999);
      }
      assertThat(encoder.precision()).isEqualTo(precision);
      assertThat(encoder.modelVersion())
          .isEqualTo(golden.checkpoint().digest().substring(0, 12) + "-" + precision);
    }
  }

  @Test
  void shouldKeepTheChoiceOfPrecisionWhenLoadedAgain() throws IOException {
    Golden golden = Golden.of("mean");
    EncoderOptions options = EncoderOptions.DEFAULT.withDevices("cpu");
    String version;
    try (SentenceEncoder encoder = load(golden, options)) {
      version = encoder.modelVersion();
    }
    Path choice;
    try (Stream<Path> files = Files.list(temporary.resolve("choices"))) {
      choice = files.toList().get(0);
    }
    String other = version.endsWith("-bf16") ? "fp16" : "bf16";
    Files.writeString(choice, "{\"precision\":\"" + other + "\",\"fused\":false}");
    try (SentenceEncoder encoder = load(golden, options)) {
      assertThat(encoder.precision()).hasToString(other);
    }
    Files.writeString(choice, "{");
    try (SentenceEncoder encoder = load(golden, options)) {
      assertThat(encoder.precision()).isNotEqualTo(Precision.AUTO);
    }
    assertThat(choice).content().contains("tokensPerSecond");
  }

  @Test
  void shouldScaleToUnitLengthWhenAsked() {
    Golden golden = Golden.of("max_relu");
    try (SentenceEncoder encoder = load(golden, fp32())) {
      float[] plain = encoder.encode("a dog");
      float[] unit = encoder.encode(List.of("a dog"), EncodeOptions.DEFAULT.withNormalize(true))[0];
      assertThat(SimilarityFunction.DOT.similarity(unit, unit)).isCloseTo(1, within(1e-5));
      assertThat(SimilarityFunction.COSINE.similarity(unit, plain)).isCloseTo(1, within(1e-5));
      assertThat(SimilarityFunction.DOT.similarity(plain, plain)).isNotCloseTo(1, within(1e-2));
    }
  }

  @Test
  void shouldGiveTheSameEmbeddingsWhenThreadsEncodeAtOnce() throws Exception {
    Golden golden = Golden.of("mean");
    ExecutorService threads = Executors.newFixedThreadPool(8);
    try (SentenceEncoder encoder = load(golden, fp32())) {
      float[][] alone = encoder.encode(golden.texts());
      List<Future<float[][]>> results = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        int lane = i % encoder.replicas();
        results.add(
            threads.submit(() -> encoder.encodeBatch(encoder.tokenize(golden.texts()), lane)));
      }
      for (Future<float[][]> result : results) {
        for (int i = 0; i < alone.length; i++) {
          assertThat(result.get()[i]).containsExactly(alone[i], within(1e-5f));
        }
      }
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void shouldAnswerNothingWithNothing() {
    try (SentenceEncoder encoder = load(Golden.of("mean"), fp32())) {
      assertThat(encoder.encode(List.of())).isEmpty();
      assertThat(encoder.tokenize(List.of())).isEmpty();
    }
  }

  @Test
  void shouldTakeLoneSurrogatesNulCharactersAndHugeTexts() {
    try (SentenceEncoder encoder = load(Golden.of("mean"), fp32())) {
      String huge = "cat dog ".repeat(130_000);
      String blankThenWords = " ".repeat(500_000) + "cat dog";
      String oneWord = "x".repeat(1_000_000);
      List<TokenizedText> tokenized =
          encoder.tokenize(
              List.of(
                  "cat \uD800 dog", "cat \uFFFD dog", "cat\0dog", huge, blankThenWords, oneWord));
      assertThat(tokenized.get(0).ids()).isEqualTo(tokenized.get(1).ids());
      assertThat(tokenized.get(3).truncated()).isTrue();
      assertThat(tokenized.get(3).ids())
          .isEqualTo(encoder.tokenize(List.of("cat dog ".repeat(20))).get(0).ids());
      assertThat(tokenized.get(4).truncated()).isFalse();
      assertThat(tokenized.get(4).ids())
          .isEqualTo(encoder.tokenize(List.of("cat dog")).get(0).ids());
      assertThat(tokenized.get(5).length()).isEqualTo(3);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"cat dog ", "cat\n", "cat,dog,", "\u4e2d\u6587", "cat\u4e2d", "blues"})
  void shouldTokenizeAHugeTextAsItsBeginning(String repeated) {
    try (SentenceEncoder encoder = load(Golden.of("mean"), fp32())) {
      String huge = repeated.repeat(300_000 / repeated.length());
      int[] beginning = encoder.tokenize(List.of(huge.substring(0, 240))).get(0).ids();
      TokenizedText tokenized = encoder.tokenize(List.of(huge)).get(0);
      assertThat(tokenized.ids()).isEqualTo(beginning);
      assertThat(tokenized.truncated()).isEqualTo(!repeated.equals("blues"));
    }
  }

  @Test
  void shouldSayWhatIsWrongWithABatch() {
    try (SentenceEncoder encoder = load(Golden.of("mean"), fp32())) {
      assertThatThrownBy(() -> encoder.encodeBatch(List.of(), 0))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("at least one text");
      List<TokenizedText> stranger = List.of(new TokenizedText(new int[] {2, 99_999, 3}, false));
      assertThatThrownBy(() -> encoder.encodeBatch(stranger, 0))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("99999");
      List<TokenizedText> longer = List.of(new TokenizedText(new int[100], false));
      assertThatThrownBy(() -> encoder.encodeBatch(longer, 0))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("100 tokens");
      List<String> withNull = new ArrayList<>(Collections.singletonList(null));
      assertThatThrownBy(() -> encoder.encode(withNull))
          .isInstanceOf(NullPointerException.class)
          .hasMessageContaining("text 0");
    }
  }

  @Test
  void shouldRefuseUseAfterClose() {
    SentenceEncoder encoder = load(Golden.of("mean"), fp32());
    encoder.close();
    encoder.close();
    assertThatThrownBy(() -> encoder.encode("cat"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("closed");
  }

  @Test
  void shouldNameWhatItCannotLoad() throws IOException {
    Golden golden = Golden.of("mean");
    assertThatThrownBy(() -> load(golden, fp32().withDevices("tpu")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("tpu");
    assertThatThrownBy(() -> load(golden, fp32().withDevices("cuda:7")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("cuda:7");
    assertThatThrownBy(() -> load(golden, fp32().withMaxSequenceLength(33)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("32 positions");
    assertThatThrownBy(() -> load(golden, fp32().withMaxSequenceLength(2)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("no room for a text");
    assertThatThrownBy(() -> loadChanged("modules.json", ".Pooling", ".Normalize"))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining(
            "Normalize takes a sentence embedding, but Transformer gives token embeddings of 16");
    assertThatThrownBy(() -> loadChanged("\"gelu\"", "\"silu\""))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("silu");
    assertThatThrownBy(() -> loadChanged("\"model_type\": \"bert\"", "\"model_type\": \"t5\""))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("t5");
    assertThatThrownBy(() -> loadChanged("\"intermediate_size\": 32", "\"intermediate_size\": 48"))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("intermediate.dense.weight");
  }

  private void loadChanged(String from, String to) throws IOException {
    loadChanged("config.json", from, to);
  }

  private void loadChanged(String name, String from, String to) throws IOException {
    Path source = Golden.of("mean").checkpoint().directory();
    Path copy = Files.createTempDirectory(temporary, "model");
    try (Stream<Path> files = Files.walk(source)) {
      for (Path file : files.toList()) {
        if (!file.equals(source)) {
          Files.copy(file, copy.resolve(source.relativize(file).toString()));
        }
      }
    }
    Path file = copy.resolve(name);
    String json = Files.readString(file);
    assertThat(json).contains(from);
    Files.writeString(file, json.replace(from, to));
    load(new Golden(Checkpoint.open(copy), List.of(), null), fp32()).close();
  }
}
