package io.sentencestreams.schemas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.confluent.kafka.serializers.KafkaAvroSerializer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.SchemaNormalization;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.generic.GenericRecordBuilder;
import org.apache.avro.message.BinaryMessageEncoder;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AvroTextExtractorTest {
  private static final Schema SCHEMA =
      new Schema.Parser()
          .parse(
              """
              {"type":"record","name":"Message","namespace":"shop","fields":[
                {"name":"number","type":"long"},
                {"name":"body","type":["null","string"]},
                {"name":"tags","type":{"type":"map","values":"string"}},
                {"name":"lines","type":{"type":"array","items":"string"}},
                {"name":"sender","type":{"type":"record","name":"Sender","fields":[
                  {"name":"name","type":"string"}]}}]}""");

  @TempDir private Path folder;
  private Path file;

  @BeforeEach
  void writeSchema() throws IOException {
    file = Files.writeString(folder.resolve("message.avsc"), SCHEMA.toString());
  }

  @ParameterizedTest
  @CsvSource({
    "body, Grüße",
    "sender.name, Ada",
    "/lines/1, second",
    "tags.lang, de",
  })
  void shouldFindTheFieldOfASingleObject(String path, String text) throws IOException {
    try (TextExtractor extractor = TextExtractor.from(singleObject(path))) {
      assertThat(extractor.extract("texts", new RecordHeaders(), encode(message("Grüße"))))
          .isEqualTo(text);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          title       | shop.Message has no field 'title' but [number, body, tags, lines, sender]
          number      | field 'number' of the Avro value is of type Long where a string
          sender      | is a record shop.Sender where a string
          body.x      | the Avro value has no field 'body.x'
          lines.2     | the array of 2 has no element '2'
          tags.en     | the map has no key 'en'
          """)
  void shouldSayWhatIsWrongWithAnAvroValue(String path, String message) throws IOException {
    byte[] value = encode(message("x"));
    try (TextExtractor extractor = TextExtractor.from(singleObject(path))) {
      assertRefused(extractor, value, message);
    }
  }

  @Test
  void shouldTellNullFromAWrongSchemaFromBytesThatAreNoAvro() throws IOException {
    Schema other = Schema.createRecord("Other", null, "shop", false, List.of());
    byte[] unknown = encode(new GenericData.Record(other));
    byte[] whole = encode(message("x"));
    try (TextExtractor extractor = TextExtractor.from(singleObject("body"))) {
      assertRefused(extractor, encode(message(null)), "field 'body' of the Avro value is null");
      assertRefused(
          extractor, unknown, "%016x".formatted(SchemaNormalization.parsingFingerprint64(other)));
      assertRefused(extractor, unknown, "input.avro.schema.files holds");
      assertRefused(extractor, new byte[] {0, 0, 0, 0, 1, 2}, "set schema.registry.url");
      for (int length = 0; length < whole.length; length++) {
        assertRefused(extractor, java.util.Arrays.copyOf(whole, length), "");
      }
    }
  }

  @Test
  void shouldAskForSchemasWhereNothingSaysHowAvroIsRead() {
    assertThatExceptionOfType(ConfigException.class)
        .isThrownBy(() -> TextExtractor.from(Map.of("input.format", "avro")))
        .withMessageContaining("schema.registry.url")
        .withMessageContaining("input.avro.schema.files");
  }

  @Test
  void shouldReadThroughARegistryAndTellItsFailureFromABadRecord() throws IOException {
    try (RegistryServer registry = new RegistryServer();
        KafkaAvroSerializer serializer = new KafkaAvroSerializer()) {
      serializer.configure(Map.of("schema.registry.url", registry.confluentUrl()), false);
      byte[] value = serializer.serialize("texts", message("hello"));
      try (TextExtractor extractor = TextExtractor.from(withRegistry(registry.confluentUrl()))) {
        assertThat(extractor.extract("texts", new RecordHeaders(), value)).isEqualTo("hello");
        assertRefused(extractor, new byte[] {'{', '}', ' ', ' ', ' '}, "it begins with 7B 7D");
        assertRefused(extractor, new byte[] {0, 0, 0, 0, 99, 1}, "40403");
        registry.failWith(503);
        assertRegistryFails(extractor, value);
      }
      assertApicurioToo(registry, value);
    }
  }

  private static void assertApicurioToo(RegistryServer registry, byte[] value) {
    registry.failWith(0);
    Map<String, String> config =
        Map.of(
            "input.format", "avro",
            "input.field", "body",
            "input.value.deserializer", "io.apicurio.registry.serde.avro.AvroKafkaDeserializer",
            "apicurio.registry.retry-count", "0",
            "schema.registry.url", registry.apicurioUrl());
    try (TextExtractor extractor = TextExtractor.from(config)) {
      assertThat(extractor.extract("texts", new RecordHeaders(), value)).isEqualTo("hello");
      assertRefused(extractor, new byte[] {'{', '}', ' ', ' ', ' '}, "it begins with 7B 7D");
      assertRefused(extractor, new byte[] {0, 0, 0, 0, 99, 1}, "begin with 00 and a 4-byte id");
    }
    registry.failWith(503);
    try (TextExtractor extractor = TextExtractor.from(config)) {
      assertRegistryFails(extractor, value);
    }
    registry.close();
    try (TextExtractor extractor = TextExtractor.from(config)) {
      assertRegistryFails(extractor, value);
    }
  }

  private static void assertRegistryFails(TextExtractor extractor, byte[] value) {
    // an id that was not asked for before, so that no cache answers
    byte[] other = value.clone();
    ByteBuffer.wrap(other).putInt(1, 2);
    assertThatExceptionOfType(SchemaRegistryException.class)
        .isThrownBy(() -> extractor.extract("texts", new RecordHeaders(), other))
        .withMessageContaining("registry");
  }

  private Map<String, String> singleObject(String path) {
    return Map.of(
        "input.format", "avro", "input.field", path, "input.avro.schema.files", file.toString());
  }

  private static Map<String, String> withRegistry(String url) {
    return Map.of("input.format", "avro", "input.field", "body", "schema.registry.url", url);
  }

  private static void assertRefused(TextExtractor extractor, byte[] value, String message) {
    assertThatExceptionOfType(InvalidRecordException.class)
        .isThrownBy(() -> extractor.extract("texts", new RecordHeaders(), value))
        .withMessageContaining(message);
  }

  private static GenericRecord message(String body) {
    GenericRecord sender =
        new GenericRecordBuilder(SCHEMA.getField("sender").schema()).set("name", "Ada").build();
    return new GenericRecordBuilder(SCHEMA)
        .set("number", 7L)
        .set("body", body)
        .set("tags", Map.of("lang", "de"))
        .set("lines", List.of("first", "second"))
        .set("sender", sender)
        .build();
  }

  private static byte[] encode(GenericRecord record) throws IOException {
    ByteBuffer buffer =
        new BinaryMessageEncoder<GenericRecord>(GenericData.get(), record.getSchema())
            .encode(record);
    byte[] bytes = new byte[buffer.remaining()];
    buffer.get(bytes);
    return bytes;
  }
}
