package io.sentencestreams.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.Device;
import io.sentencestreams.model.internal.Arithmetic;
import io.sentencestreams.model.internal.TransformerReplica;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class Int8Test {
  @TempDir Path temporary;

  @BeforeEach
  void needsAProcessorThatHasIt() {
    String architecture = System.getProperty("os.arch");
    assumeTrue(architecture.equals("amd64") || architecture.equals("x86_64"));
  }

  private SentenceEncoder load(Golden golden) {
    EncoderOptions options =
        EncoderOptions.DEFAULT.withPrecision(Precision.INT8).withDevices("cpu");
    return SentenceEncoder.load(golden.checkpoint(), options, temporary.resolve("choices"));
  }

  static List<Arguments> goldensAndWays() {
    List<Arguments> list = new ArrayList<>();
    for (String name :
        List.of("mean", "cls", "max_relu", "all_gelu_new", "weighted_last", "roberta")) {
      for (Arithmetic way : TransformerReplica.int8Candidates()) {
        list.add(Arguments.of(name, way));
      }
    }
    return list;
  }

  @ParameterizedTest
  @MethodSource("goldensAndWays")
  void shouldStayNearTheReference(String name, Arithmetic way) {
    Golden golden = Golden.of(name);
    List<TokenizedText> tokens;
    try (SentenceEncoder encoder = load(golden)) {
      tokens = encoder.tokenize(golden.texts());
    }
    try (TransformerReplica replica =
        new TransformerReplica(golden.checkpoint(), Device.cpu(), way)) {
      float[][] embeddings = replica.encode(tokens, 1);
      for (int i = 0; i < embeddings.length; i++) {
        assertThat(SimilarityFunction.COSINE.similarity(embeddings[i], golden.embedding(i)))
            .as(golden.texts().get(i))
            .isGreaterThan(0.99);
      }
    }
  }

  @Test
  void shouldBeAVersionOfItsOwnAndRememberHowItIsComputed() {
    Golden golden = Golden.of("mean");
    String version;
    try (SentenceEncoder encoder = load(golden)) {
      assertThat(encoder.precision()).isEqualTo(Precision.INT8);
      version = encoder.modelVersion();
      assertThat(version)
          .isIn(
              golden.checkpoint().digest().substring(0, 12) + "-int8",
              golden.checkpoint().digest().substring(0, 12) + "-int8-onednn");
    }
    assertThat(temporary.resolve("choices")).isNotEmptyDirectory();
    try (SentenceEncoder encoder = load(golden)) {
      assertThat(encoder.modelVersion()).isEqualTo(version);
    }
  }

  @Test
  void shouldGiveATextTheSameVectorWhateverItIsBatchedWithAndAfterARestart() {
    Golden golden = Golden.of("mean");
    List<float[]> alone = new ArrayList<>();
    try (SentenceEncoder encoder = load(golden)) {
      golden.texts().forEach(text -> alone.add(encoder.encode(text)));
    }
    try (SentenceEncoder encoder = load(golden)) {
      float[][] together = encoder.encode(golden.texts());
      for (int i = 0; i < together.length; i++) {
        assertThat(SimilarityFunction.COSINE.similarity(together[i], alone.get(i)))
            .isGreaterThan(0.9999);
      }
    }
  }

  @Test
  void shouldBeRefusedOnAGpu() {
    assertThatThrownBy(
            () ->
                new TransformerReplica(
                    Golden.of("mean").checkpoint(),
                    Device.gpu(0),
                    new Arithmetic(Precision.INT8, false)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("int8")
        .hasMessageContaining("cpu");
  }
}
