package io.sentencestreams.schemas;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.Random;
import org.apache.kafka.common.errors.SerializationException;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EmbeddingJsonTest {
  private static final String COMPLETE =
      """
      {"id":"k","model":"m","model_version":"v1","tokens":2,"truncated":false,\
      "source":{"topic":"texts","partition":0,"offset":7},"event_time":5,"vector":[0.1,-2.0E-9]}""";

  private final EmbeddingJsonSerializer serializer = new EmbeddingJsonSerializer();
  private final EmbeddingJsonDeserializer deserializer = new EmbeddingJsonDeserializer();

  @RepeatedTest(50)
  void shouldGiveBackEveryFloatBitForBit(RepetitionInfo repetition) {
    float[] vector = Embeddings.anyFinite(new Random(repetition.getCurrentRepetition()), 1000);
    byte[] json = serializer.serialize("embeddings", Embeddings.of(vector));
    EmbeddingRecord read = deserializer.deserialize("embeddings", json);
    assertThat(read).isEqualTo(Embeddings.of(vector));
    for (int i = 0; i < vector.length; i++) {
      assertThat(Float.floatToRawIntBits(read.vector()[i]))
          .isEqualTo(Float.floatToRawIntBits(vector[i]));
    }
  }

  @Test
  void shouldWriteShortestDecimalsAndLeaveOutAMissingText() {
    EmbeddingRecord embedding =
        new EmbeddingRecord(
            "k", new float[] {0.1f, -2e-9f}, "m", "v1", 2, false, "texts", 0, 7L, 5L, null);
    assertThat(new String(serializer.serialize("embeddings", embedding), UTF_8))
        .isEqualTo(COMPLETE);
  }

  @Test
  void shouldSkipFieldsOfLaterVersions() {
    String later = COMPLETE.replace("\"tokens\"", "\"score\":{\"a\":[1,{}]},\"tokens\"");
    assertThat(deserializer.deserialize("embeddings", later.getBytes(UTF_8)))
        .isEqualTo(deserializer.deserialize("embeddings", COMPLETE.getBytes(UTF_8)));
  }

  @Test
  void shouldPassTombstones() {
    assertThat(serializer.serialize("embeddings", null)).isNull();
    assertThat(deserializer.deserialize("embeddings", null)).isNull();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          "model":"m",          |                      | it lacks model
          "tokens":2            | "tokens":"2"         | VALUE_STRING where [VALUE_NUMBER_INT]
          "tokens":2            | "tokens":2147483648  | out of range of int
          [0.1,-2.0E-9]         | [0.1,null]           | VALUE_NULL where
          [0.1,-2.0E-9]         | [1e39]               | vector[0]
          [0.1,-2.0E-9]}        | [0.1]                | end-of-input
          [0.1,-2.0E-9]}        | [0.1]}{              | more follows
          """)
  void shouldSayWhatIsWrong(String part, String replacement, String message) {
    String broken = COMPLETE.replace(part, replacement == null ? "" : replacement);
    assertThatExceptionOfType(SerializationException.class)
        .isThrownBy(() -> deserializer.deserialize("embeddings", broken.getBytes(UTF_8)))
        .withMessageContaining("embeddings")
        .withMessageContaining(message);
  }
}
