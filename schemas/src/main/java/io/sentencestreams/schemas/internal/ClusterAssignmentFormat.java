package io.sentencestreams.schemas.internal;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import io.sentencestreams.schemas.ClusterAssignmentRecord;
import io.sentencestreams.schemas.avro.ClusterAssignment;
import java.io.IOException;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.IndexedRecord;

/**
 * The cluster of a text in Avro, and in JSON:
 *
 * <pre>{@code
 * {"id": "texts-0-7", "source": {"topic": "texts", "partition": 0, "offset": 7},
 *  "event_time": 1767225600000, "cluster": "…-17", "provisional": false, "similarity": 0.6123, "model_version": "…",
 *  "micro_cluster": 203}
 * }</pre>
 *
 * <p>{@code cluster} is null for noise.
 */
public final class ClusterAssignmentFormat {
  private static final String WHAT = "the cluster of a text";

  /** In Avro. */
  public static final AvroFormat<ClusterAssignmentRecord> AVRO =
      new AvroFormat<>(
          WHAT,
          ClusterAssignment.getClassSchema(),
          ClusterAssignmentFormat::toAvro,
          ClusterAssignmentFormat::fromAvro);

  /** In JSON. */
  public static final JsonFormat<ClusterAssignmentRecord> JSON =
      new JsonFormat<>(WHAT, ClusterAssignmentFormat::write, ClusterAssignmentFormat::read);

  private ClusterAssignmentFormat() {}

  private static IndexedRecord toAvro(ClusterAssignmentRecord assignment) {
    GenericData.Record record = new GenericData.Record(ClusterAssignment.getClassSchema());
    record.put("id", assignment.id());
    record.put("topic", assignment.topic());
    record.put("partition", assignment.partition());
    record.put("offset", assignment.offset());
    record.put("event_time", assignment.eventTimeMillis());
    record.put("cluster", assignment.cluster());
    record.put("provisional", assignment.provisional());
    record.put("similarity", assignment.similarity());
    record.put("model_version", assignment.modelVersion());
    record.put("micro_cluster", assignment.microCluster());
    return record;
  }

  private static ClusterAssignmentRecord fromAvro(IndexedRecord record) {
    return new ClusterAssignmentRecord(
        AvroFormat.text(record, "id"),
        AvroFormat.text(record, "topic"),
        (int) AvroFormat.get(record, "partition"),
        (long) AvroFormat.get(record, "offset"),
        AvroFormat.millis(record, "event_time"),
        AvroFormat.textOrNull(record, "cluster"),
        (boolean) AvroFormat.get(record, "provisional"),
        (float) AvroFormat.get(record, "similarity"),
        AvroFormat.text(record, "model_version"),
        (Long) AvroFormat.get(record, "micro_cluster"));
  }

  private static void write(ClusterAssignmentRecord assignment, JsonGenerator json)
      throws IOException {
    json.writeStringField("id", assignment.id());
    JsonFormat.writeSource(json, assignment.topic(), assignment.partition(), assignment.offset());
    json.writeNumberField("event_time", assignment.eventTimeMillis());
    json.writeStringField("cluster", assignment.cluster());
    json.writeBooleanField("provisional", assignment.provisional());
    json.writeNumberField("similarity", assignment.similarity());
    json.writeStringField("model_version", assignment.modelVersion());
    if (assignment.microCluster() != null) {
      json.writeNumberField("micro_cluster", assignment.microCluster());
    }
  }

  private static ClusterAssignmentRecord read(JsonNode json) {
    JsonNode source = json.required("source");
    JsonNode micro = json.path("micro_cluster");
    return new ClusterAssignmentRecord(
        json.required("id").asText(),
        source.required("topic").asText(),
        source.required("partition").intValue(),
        source.required("offset").longValue(),
        json.required("event_time").longValue(),
        JsonFormat.textOrNull(json, "cluster"),
        json.required("provisional").booleanValue(),
        json.required("similarity").floatValue(),
        json.required("model_version").asText(),
        micro.isNumber() ? micro.longValue() : null);
  }
}
