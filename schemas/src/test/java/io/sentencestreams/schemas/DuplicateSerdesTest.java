package io.sentencestreams.schemas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serializer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DuplicateSerdesTest {
  private static final DuplicateRecord PAIR =
      new DuplicateRecord(
          new DuplicateRecord.Text("a \"1\"", "texts", 3, 7, 1_767_225_600_000L),
          new DuplicateRecord.Text("b", "more", 0, Long.MAX_VALUE, 1_767_225_600_001L),
          0.9312345f,
          "v1-fp32",
          "texts-3-7",
          null);

  @ParameterizedTest
  @ValueSource(strings = {"json", "avro"})
  void shouldReadWhatItWrote(String format) {
    Map<String, String> config = Map.of("output.format", format);
    DuplicateRecord merged =
        new DuplicateRecord(PAIR.a(), PAIR.b(), 1f, PAIR.modelVersion(), PAIR.group(), "more-0-1");
    try (Serializer<DuplicateRecord> serializer = DuplicateSerdes.serializer(config);
        Deserializer<DuplicateRecord> deserializer = DuplicateSerdes.deserializer(config)) {
      for (DuplicateRecord pair : new DuplicateRecord[] {PAIR, merged}) {
        assertThat(deserializer.deserialize("t", serializer.serialize("t", pair))).isEqualTo(pair);
      }
      assertThat(serializer.serialize("t", null)).isNull();
      assertThat(deserializer.deserialize("t", null)).isNull();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"json", "avro"})
  void shouldNameTheTopicOfAValueThatIsNoPair(String format) {
    try (Deserializer<DuplicateRecord> deserializer =
        DuplicateSerdes.deserializer(Map.of("output.format", format))) {
      byte[] value = "{\"a\": {\"id\": \"x\"}}".getBytes(StandardCharsets.UTF_8);
      assertThatThrownBy(() -> deserializer.deserialize("pairs", value))
          .isInstanceOf(SerializationException.class)
          .hasMessageContaining("topic pairs");
    }
  }
}
