package io.sentencestreams.schemas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ClusterSerdesTest {
  private static final ClusterRecord CLUSTER =
      new ClusterRecord(
          "v1-fp32-17",
          ClusterRecord.State.ACTIVE,
          null,
          "v1-fp32",
          120,
          33.25,
          1_767_225_600_000L,
          List.of("refund", "überweisung"),
          List.of(new ClusterRecord.Text("texts-0-7", "a \"1\"", 0.7123f, 1_767_225_500_000L)),
          1_767_225_400_000L,
          1_767_225_600_000L,
          List.of("v1-fp32-3", "v1-fp32-4"),
          new float[] {0.1f, -0.25f, 1e-20f});

  private static final ClusterAssignmentRecord ASSIGNMENT =
      new ClusterAssignmentRecord(
          "a", "texts", 3, 7, 1_767_225_600_000L, "v1-17", true, 0.61234f, "v1", 1L << 41);

  @ParameterizedTest
  @ValueSource(strings = {"json", "avro"})
  void shouldReadWhatItWroteOfACluster(String format) {
    Map<String, String> config = Map.of("output.format", format);
    try (Serializer<ClusterRecord> serializer = ClusterSerdes.serializer(config);
        Deserializer<ClusterRecord> deserializer = ClusterSerdes.deserializer(config)) {
      for (ClusterRecord cluster :
          List.of(CLUSTER, CLUSTER.ended(null, 5), CLUSTER.ended("v1-fp32-2", 6))) {
        assertThat(deserializer.deserialize("t", serializer.serialize("t", cluster)))
            .isEqualTo(cluster);
      }
      assertThat(serializer.serialize("t", null)).isNull();
      assertThat(deserializer.deserialize("t", null)).isNull();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"json", "avro"})
  void shouldReadWhatItWroteOfAnAssignment(String format) {
    Map<String, String> config = Map.of("output.format", format);
    ClusterAssignmentRecord noise =
        new ClusterAssignmentRecord(
            "b", "texts", 0, Long.MAX_VALUE, 1, null, false, 0f, "v1", null);
    try (Serializer<ClusterAssignmentRecord> serializer =
            ClusterAssignmentSerdes.serializer(config);
        Deserializer<ClusterAssignmentRecord> deserializer =
            ClusterAssignmentSerdes.deserializer(config)) {
      for (ClusterAssignmentRecord assignment : List.of(ASSIGNMENT, noise)) {
        assertThat(deserializer.deserialize("t", serializer.serialize("t", assignment)))
            .isEqualTo(assignment);
      }
      assertThat(serializer.serialize("t", null)).isNull();
      assertThat(deserializer.deserialize("t", null)).isNull();
    }
  }

  @Test
  void shouldWriteTheJsonThatIsDocumented() {
    try (Serializer<ClusterRecord> clusters = ClusterSerdes.serializer(Map.of());
        Serializer<ClusterAssignmentRecord> assignments =
            ClusterAssignmentSerdes.serializer(Map.of())) {
      assertThat(clusters.serialize("t", CLUSTER))
          .asString(StandardCharsets.UTF_8)
          .startsWith(
              "{\"id\":\"v1-fp32-17\",\"state\":\"active\",\"model_version\":\"v1-fp32\",\"size\":120,\"weight\":33.25,\"time\":1767225600000,\"terms\":[\"refund\",\"überweisung\"],\"representatives\":[{\"id\":\"texts-0-7\",\"text\":\"a"
                  + " \\\"1\\\"\",\"similarity\":0.7123,\"event_time\":1767225500000}],")
          .endsWith(",\"parents\":[\"v1-fp32-3\",\"v1-fp32-4\"],\"centroid\":[0.1,-0.25,1.0E-20]}");
      assertThat(assignments.serialize("t", ASSIGNMENT))
          .asString(StandardCharsets.UTF_8)
          .isEqualTo(
              "{\"id\":\"a\",\"source\":{\"topic\":\"texts\",\"partition\":3,\"offset\":7},\"event_time\":1767225600000,\"cluster\":\"v1-17\",\"provisional\":true,\"similarity\":0.61234,\"model_version\":\"v1\",\"micro_cluster\":2199023255552}");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"json", "avro"})
  void shouldNameTheTopicOfAValueThatIsNoCluster(String format) {
    Map<String, String> config = Map.of("output.format", format);
    byte[] value = "{\"id\": \"x\"}".getBytes(StandardCharsets.UTF_8);
    try (Deserializer<ClusterRecord> clusters = ClusterSerdes.deserializer(config);
        Deserializer<ClusterAssignmentRecord> assignments =
            ClusterAssignmentSerdes.deserializer(config)) {
      assertThatThrownBy(() -> clusters.deserialize("groups", value))
          .isInstanceOf(SerializationException.class)
          .hasMessageContaining("topic groups");
      assertThatThrownBy(() -> assignments.deserialize("groups", value))
          .isInstanceOf(SerializationException.class)
          .hasMessageContaining("topic groups");
    }
  }

  @Test
  void shouldNotTakeOneKindForAnother() {
    Map<String, String> config = Map.of("output.format", "avro");
    try (Serializer<ClusterRecord> clusters = ClusterSerdes.serializer(config);
        Deserializer<ClusterAssignmentRecord> assignments =
            ClusterAssignmentSerdes.deserializer(config)) {
      byte[] value = clusters.serialize("t", CLUSTER);
      assertThatThrownBy(() -> assignments.deserialize("t", value))
          .isInstanceOf(SerializationException.class)
          .hasMessageContaining("written with schema");
    }
  }
}
