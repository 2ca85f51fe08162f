package io.sentencestreams.schemas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.confluent.kafka.serializers.KafkaAvroSerializer;
import io.sentencestreams.schemas.avro.Embedding;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Map;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.DecoderFactory;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class EmbeddingSerdesTest {
  private static final String CONFLUENT = KafkaAvroSerializer.class.getName();
  private static final String APICURIO = "io.apicurio.registry.serde.avro.AvroKafkaSerializer";
  private static final EmbeddingRecord EMBEDDING = Embeddings.of(0.5f, -1.25f);

  private RegistryServer registry;

  @BeforeEach
  void startRegistry() throws IOException {
    registry = new RegistryServer();
  }

  @AfterEach
  void stopRegistry() {
    registry.close();
  }

  @Test
  void shouldWriteJsonUnlessToldOtherwise() {
    assertThat(EmbeddingSerdes.serializer(Map.of())).isInstanceOf(EmbeddingJsonSerializer.class);
  }

  @Test
  void shouldNeedNoRegistryForAvro() {
    Map<String, String> config = Map.of("output.format", "avro");
    assertThat(EmbeddingSerdes.serializer(config)).isInstanceOf(EmbeddingAvroSerializer.class);
    assertThat(EmbeddingSerdes.deserializer(config)).isInstanceOf(EmbeddingAvroDeserializer.class);
  }

  @Test
  void shouldUseTheSerializerNamedInTheConfigurationAndConfigureItWithAllOfIt() throws IOException {
    Map<String, String> config =
        Map.of(
            "output.format",
            "avro",
            "output.value.serializer",
            CONFLUENT,
            "schema.registry.url",
            registry.confluentUrl());
    assertConfluentWireFormat(config, registry.confluentUrl());
    assertThat(registry.requests()).contains("POST /subjects/embeddings-value/versions");
  }

  @Test
  void shouldPreferConfluentsSerializerWhereItIsOnTheClassPath() throws IOException {
    Map<String, String> config =
        Map.of("output.format", "avro", "schema.registry.url", registry.confluentUrl());
    assertConfluentWireFormat(config, registry.confluentUrl());
    assertThat(registry.requests()).allMatch(r -> !r.contains("/apis/registry"));
  }

  @Test
  void shouldUseApicuriosSerializerInTheSameWireFormatWhereConfluentsIsMissing()
      throws IOException {
    Map<String, String> config =
        Map.of("output.format", "avro", "schema.registry.url", registry.apicurioUrl());
    withoutConfluent(() -> assertConfluentWireFormat(config, registry.confluentUrl()));
    assertThat(registry.requests())
        .contains("POST /apis/registry/v3/groups/default/artifacts")
        .noneMatch(r -> r.startsWith("POST /subjects"));
  }

  @Test
  void shouldNameTheClassTheKeyAndTheRemedyWhenAClassIsMissing() {
    withoutConfluent(
        () -> {
          assertThatExceptionOfType(ConfigException.class)
              .isThrownBy(
                  () ->
                      EmbeddingSerdes.serializer(
                          Map.of(
                              "output.format", "avro",
                              "output.value.serializer", CONFLUENT,
                              "schema.registry.url", "http://localhost:1")))
              .withMessageContaining(CONFLUENT)
              .withMessageContaining("output.value.serializer")
              .withMessageContaining("Maven profile 'confluent'");
        });
  }

  @Test
  void shouldNameBothLibrariesWhenARegistryIsSetAndNeitherIsThere() {
    Map<String, String> config =
        Map.of("output.format", "avro", "schema.registry.url", "http://localhost:1");
    withClassesHidden(
        "io.",
        () ->
            assertThatExceptionOfType(ConfigException.class)
                .isThrownBy(() -> EmbeddingSerdes.serializer(config))
                .withMessageContaining("schema.registry.url")
                .withMessageContaining("apicurio-registry-avro-serde-kafka")
                .withMessageContaining("kafka-avro-serializer"));
  }

  @Test
  void shouldRefuseAClassThatIsNoSerializer() {
    assertThatExceptionOfType(ConfigException.class)
        .isThrownBy(
            () ->
                EmbeddingSerdes.serializer(
                    Map.of("output.format", "avro", "output.value.serializer", "java.lang.String")))
        .withMessageContaining("java.lang.String")
        .withMessageContaining(
            "does not implement org.apache.kafka.common.serialization.Serializer");
  }

  @Test
  void shouldRefuseASerializerClassWithJson() {
    assertThatExceptionOfType(ConfigException.class)
        .isThrownBy(() -> EmbeddingSerdes.serializer(Map.of("output.value.serializer", APICURIO)))
        .withMessageContaining("output.value.serializer")
        .withMessageContaining("output.format");
  }

  @Test
  void shouldGiveOtherSerializersTheVectorAsAViewOfTheArray() {
    float[] vector = {1f, 2f};
    Embedding avro =
        io.sentencestreams.schemas.internal.EmbeddingConversion.toAvro(Embeddings.of(vector));
    vector[1] = 3f;
    assertThat(avro.getVector()).containsExactly(1f, 3f);
  }

  private static void assertConfluentWireFormat(Map<String, String> config, String lookUp)
      throws IOException {
    try (Serializer<EmbeddingRecord> serializer = EmbeddingSerdes.serializer(config);
        Deserializer<EmbeddingRecord> deserializer = EmbeddingSerdes.deserializer(config)) {
      byte[] bytes = serializer.serialize("embeddings", new RecordHeaders(), EMBEDDING);
      assertThat(bytes[0]).isZero();
      int id = ByteBuffer.wrap(bytes).getInt(1);
      GenericRecord record =
          new GenericDatumReader<GenericRecord>(new RegistryClient(lookUp).schema(id))
              .read(null, DecoderFactory.get().binaryDecoder(bytes, 5, bytes.length - 5, null));
      assertThat(record.get("model").toString()).isEqualTo("all-MiniLM-L6-v2");
      assertThat(deserializer.deserialize("embeddings", new RecordHeaders(), bytes))
          .isEqualTo(EMBEDDING);
      assertThat(serializer.serialize("embeddings", new RecordHeaders(), null)).isNull();
      assertThat(deserializer.deserialize("embeddings", new RecordHeaders(), (byte[]) null))
          .isNull();
    }
  }

  /** A test that may throw. */
  private interface Check {
    void run() throws IOException;
  }

  private static void withoutConfluent(Check check) {
    withClassesHidden("io.confluent.", check);
  }

  private static void withClassesHidden(String prefix, Check check) {
    Thread thread = Thread.currentThread();
    ClassLoader original = thread.getContextClassLoader();
    thread.setContextClassLoader(
        new ClassLoader(original) {
          @Override
          protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            if (name.startsWith(prefix)) {
              throw new ClassNotFoundException(name);
            }
            return super.loadClass(name, resolve);
          }
        });
    try {
      check.run();
    } catch (IOException e) {
      throw new AssertionError(e);
    } finally {
      thread.setContextClassLoader(original);
    }
  }
}
