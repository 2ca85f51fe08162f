package io.sentencestreams.schemas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.Map;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;
import org.junit.jupiter.api.Test;

class SerdeConfigTest {

  @Test
  void shouldDocumentEveryKeyInADefinitionThatOthersExtend() {
    ConfigDef definition = SerdeConfig.define(new ConfigDef());
    assertThat(definition.names())
        .contains(
            "input.format", "input.field", "id.source", "output.format", "schema.registry.url");
    assertThat(definition.configKeys().values())
        .allSatisfy(key -> assertThat(key.documentation).endsWith(".").hasSizeGreaterThan(20));
  }

  @Test
  void shouldNameTheKeyAndTheChoicesOfAWrongValue() {
    assertThatExceptionOfType(ConfigException.class)
        .isThrownBy(() -> new SerdeConfig(Map.of("input.format", "xml")))
        .withMessageContaining("input.format")
        .withMessageContaining("text, json, avro");
  }

  @Test
  void shouldLeaveKeysOfOthersAlone() {
    SerdeConfig config = new SerdeConfig(Map.of("bootstrap.servers", "localhost:9092"));
    assertThat(config.originals()).containsEntry("bootstrap.servers", "localhost:9092");
    assertThat(config.inputFormat()).isEqualTo("text");
    assertThat(config.outputFormat()).isEqualTo("json");
  }
}
