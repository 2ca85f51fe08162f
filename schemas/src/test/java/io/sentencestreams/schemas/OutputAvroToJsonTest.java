package io.sentencestreams.schemas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sentencestreams.schemas.labels.Label;
import io.sentencestreams.schemas.labels.LabelKind;
import io.sentencestreams.schemas.labels.LabelSerdes;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.Serializer;
import org.junit.jupiter.api.Test;

class OutputAvroToJsonTest {
  private static final Map<String, String> AVRO = Map.of("output.format", "avro");

  private static final ClusterRecord CLUSTER =
      new ClusterRecord(
          "v1-1",
          ClusterRecord.State.MERGED,
          "v1-2",
          "v1",
          3,
          2.5,
          4,
          List.of("term"),
          List.of(new ClusterRecord.Text("a", "words", 0.5f, 2)),
          1,
          4,
          List.of("v1-0"),
          new float[] {1, 0.25f});
  private static final ClusterAssignmentRecord ASSIGNMENT =
      new ClusterAssignmentRecord("a", "texts", 0, 1, 2, null, false, 0.25f, "v1", 7L);
  private static final DuplicateRecord.Text TEXT = new DuplicateRecord.Text("a", "texts", 0, 1, 2);
  private static final DuplicateRecord DUPLICATE =
      new DuplicateRecord(TEXT, TEXT, 1, "v1", "g", null);
  private static final EmbeddingRecord EMBEDDING =
      new EmbeddingRecord("a", new float[] {1}, "m", "v1", 1, false, "texts", 0, 1, 2, "words");

  @Test
  void shouldGiveTheJsonThatTheStreamWouldHaveWrittenOfEachKind() {
    assertSame(CLUSTER, ClusterSerdes::serializer, AVRO);
    assertSame(ASSIGNMENT, ClusterAssignmentSerdes::serializer, AVRO);
    assertSame(DUPLICATE, DuplicateSerdes::serializer, AVRO);
    assertSame(EMBEDDING, EmbeddingSerdes::serializer, AVRO);
  }

  @Test
  void shouldReadEachKindThroughARegistry() throws Exception {
    try (RegistryServer server = new RegistryServer()) {
      Map<String, Object> config =
          Map.of("output.format", "avro", "schema.registry.url", server.confluentUrl());
      assertSame(CLUSTER, ClusterSerdes::serializer, config);
      assertSame(ASSIGNMENT, ClusterAssignmentSerdes::serializer, config);
      assertSame(DUPLICATE, DuplicateSerdes::serializer, config);
      assertSame(EMBEDDING, EmbeddingSerdes::serializer, config);
    }
  }

  @Test
  void shouldShowRecordsOfOthersThatTheRegistryKnows() throws Exception {
    try (RegistryServer server = new RegistryServer()) {
      Map<String, Object> config = Map.of("schema.registry.url", server.confluentUrl());
      try (Serializer<Label> labels = LabelSerdes.serializer(LabelKind.POSITIVES, "avro", config);
          OutputAvroToJson reader = new OutputAvroToJson(config)) {
        byte[] written = labels.serialize("l", new Label.PositiveExample("a \"b\"", "ü", null));
        assertThat(
                new String(
                    reader.fromRegistry("l", new RecordHeaders(), written), StandardCharsets.UTF_8))
            .isEqualTo("{\"anchor\": \"a \\\"b\\\"\", \"positive\": \"ü\", \"negative\": null}");
      }
    }
  }

  private static <T> void assertSame(
      T value, Function<Map<String, ?>, Serializer<T>> serdes, Map<String, ?> config) {
    try (Serializer<T> avro = serdes.apply(config);
        Serializer<T> json = serdes.apply(Map.of());
        OutputAvroToJson reader = new OutputAvroToJson(config)) {
      String topic = value.getClass().getSimpleName();
      byte[] written = avro.serialize(topic, value);
      byte[] read =
          reader.hasRegistry()
              ? reader.fromRegistry(topic, new RecordHeaders(), written)
              : reader.fromSingleObject(topic, written);
      assertThat(written[0]).isEqualTo(reader.hasRegistry() ? 0 : (byte) 0xC3);
      assertThat(new String(read, StandardCharsets.UTF_8))
          .isEqualTo(new String(json.serialize(topic, value), StandardCharsets.UTF_8));
    }
  }

  @Test
  void shouldRefuseAvroThatIsNotOurs() {
    try (OutputAvroToJson reader = new OutputAvroToJson(Map.of())) {
      byte[] foreign = {(byte) 0xC3, 1, 1, 2, 3, 4, 5, 6, 7, 8, 9};
      assertThatThrownBy(() -> reader.fromSingleObject("t", foreign))
          .isInstanceOf(SerializationException.class)
          .hasMessageContaining("topic t");
    }
  }
}
