package io.sentencestreams.schemas.internal;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sentencestreams.schemas.DuplicateRecord;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serializer;

/**
 * Near-duplicates as one JSON object each:
 *
 * <pre>{@code
 * {"a": {"id": "texts-0-7", "source": {"topic": "texts", "partition": 0, "offset": 7},
 *        "event_time": 1767225600000},
 *  "b": {…}, "similarity": 0.9312, "model_version": "…", "group": "texts-0-7"}
 * }</pre>
 *
 * <p>{@code merged_group} is there only where the pair joined two groups.
 */
public final class DuplicateJson {
  private static final ObjectMapper MAPPER = new ObjectMapper(Json.FACTORY);

  private DuplicateJson() {}

  /** Thread-safe. */
  public static Serializer<DuplicateRecord> serializer() {
    return (topic, duplicate) -> duplicate == null ? null : write(duplicate);
  }

  /** Fields that it does not know are skipped. Thread-safe. */
  public static Deserializer<DuplicateRecord> deserializer() {
    return (topic, bytes) -> bytes == null ? null : read(topic, bytes);
  }

  private static byte[] write(DuplicateRecord duplicate) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(512);
    try (JsonGenerator json = Json.FACTORY.createGenerator(out)) {
      json.writeStartObject();
      write(json, "a", duplicate.a());
      write(json, "b", duplicate.b());
      json.writeNumberField("similarity", duplicate.similarity());
      json.writeStringField("model_version", duplicate.modelVersion());
      json.writeStringField("group", duplicate.group());
      if (duplicate.mergedGroup() != null) {
        json.writeStringField("merged_group", duplicate.mergedGroup());
      }
      json.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException(e); // the stream is in memory
    }
    return out.toByteArray();
  }

  private static void write(JsonGenerator json, String name, DuplicateRecord.Text text)
      throws IOException {
    json.writeObjectFieldStart(name);
    json.writeStringField("id", text.id());
    json.writeObjectFieldStart("source");
    json.writeStringField("topic", text.topic());
    json.writeNumberField("partition", text.partition());
    json.writeNumberField("offset", text.offset());
    json.writeEndObject();
    json.writeNumberField("event_time", text.eventTimeMillis());
    json.writeEndObject();
  }

  private static DuplicateRecord read(String topic, byte[] bytes) {
    try {
      JsonNode json = MAPPER.readTree(bytes);
      JsonNode merged = json.path("merged_group");
      return new DuplicateRecord(
          text(json.required("a")),
          text(json.required("b")),
          json.required("similarity").floatValue(),
          json.required("model_version").asText(),
          json.required("group").asText(),
          merged.isMissingNode() || merged.isNull() ? null : merged.asText());
    } catch (IOException | IllegalArgumentException e) {
      throw new SerializationException(
          "A value of %d bytes on topic %s is no near-duplicate in JSON: %s"
              .formatted(bytes.length, topic, e.getMessage()),
          e);
    }
  }

  private static DuplicateRecord.Text text(JsonNode json) {
    JsonNode source = json.required("source");
    return new DuplicateRecord.Text(
        json.required("id").asText(),
        source.required("topic").asText(),
        source.required("partition").intValue(),
        source.required("offset").longValue(),
        json.required("event_time").longValue());
  }
}
