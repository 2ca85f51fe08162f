package io.sentencestreams.schemas;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.Map;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.Test;

class IdExtractorTest {
  private static final byte[] VALUE = "{\"doc\":{\"id\":123},\"text\":\"a\"}".getBytes(UTF_8);

  @Test
  void shouldBeTheCoordinatesUnlessToldOtherwise() {
    assertThat(id(Map.of(), null)).isEqualTo("texts-3-42");
  }

  @Test
  void shouldBeTheKey() {
    Map<String, String> config = Map.of("id.source", "key");
    assertThat(id(config, "Schlüssel".getBytes(UTF_8))).isEqualTo("Schlüssel");
    assertThatExceptionOfType(InvalidRecordException.class)
        .isThrownBy(() -> id(config, null))
        .withMessageContaining("the record has no key")
        .withMessageContaining("id.source=key");
    assertThatExceptionOfType(InvalidRecordException.class)
        .isThrownBy(() -> id(config, new byte[] {'k', (byte) 0xFF}))
        .withMessageContaining("the key makes no id: not UTF-8: byte 2 of 2");
  }

  @Test
  void shouldBeAStringOrAnIntegerInTheValue() {
    assertThat(id(Map.of("input.format", "json", "id.source", "field:doc.id"), null))
        .isEqualTo("123");
    assertThat(id(Map.of("input.format", "json", "id.source", "field:/text"), null)).isEqualTo("a");
    assertThatExceptionOfType(InvalidRecordException.class)
        .isThrownBy(() -> id(Map.of("input.format", "json", "id.source", "field:doc"), null))
        .withMessageContaining("an object where a string or an integer is expected");
  }

  @Test
  void shouldRefuseSourcesThatCannotBe() {
    assertConfigRefused(Map.of("id.source", "uuid"), "coordinates, key, or field:PATH");
    assertConfigRefused(Map.of("id.source", "field:a"), "a plain text has no fields");
    assertConfigRefused(Map.of("input.format", "json", "id.source", "field:a..b"), "id.source");
  }

  private static void assertConfigRefused(Map<String, String> config, String message) {
    assertThatExceptionOfType(ConfigException.class)
        .isThrownBy(() -> IdExtractor.from(config))
        .withMessageContaining(message);
  }

  private static String id(Map<String, String> config, byte[] key) {
    try (IdExtractor extractor = IdExtractor.from(config)) {
      return extractor.extract("texts", 3, 42, new RecordHeaders(), key, VALUE);
    }
  }
}
