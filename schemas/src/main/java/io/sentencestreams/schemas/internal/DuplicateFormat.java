package io.sentencestreams.schemas.internal;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import io.sentencestreams.schemas.DuplicateRecord;
import io.sentencestreams.schemas.avro.Duplicate;
import io.sentencestreams.schemas.avro.DuplicateText;
import java.io.IOException;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.IndexedRecord;

/**
 * Near-duplicates in Avro, and in JSON:
 *
 * <pre>{@code
 * {"a": {"id": "texts-0-7", "source": {"topic": "texts", "partition": 0, "offset": 7},
 *        "event_time": 1767225600000},
 *  "b": {…}, "similarity": 0.9312, "model_version": "…", "group": "texts-0-7"}
 * }</pre>
 *
 * <p>{@code merged_group} is there only where the pair joined two groups.
 */
public final class DuplicateFormat {
  private static final String WHAT = "a near-duplicate";

  /** In Avro. */
  public static final AvroFormat<DuplicateRecord> AVRO =
      new AvroFormat<>(
          WHAT, Duplicate.getClassSchema(), DuplicateFormat::toAvro, DuplicateFormat::fromAvro);

  /** In JSON. */
  public static final JsonFormat<DuplicateRecord> JSON =
      new JsonFormat<>(WHAT, DuplicateFormat::write, DuplicateFormat::read);

  private DuplicateFormat() {}

  private static IndexedRecord toAvro(DuplicateRecord duplicate) {
    GenericData.Record record = new GenericData.Record(Duplicate.getClassSchema());
    record.put("a", toAvro(duplicate.a()));
    record.put("b", toAvro(duplicate.b()));
    record.put("similarity", duplicate.similarity());
    record.put("model_version", duplicate.modelVersion());
    record.put("group", duplicate.group());
    record.put("merged_group", duplicate.mergedGroup());
    return record;
  }

  private static IndexedRecord toAvro(DuplicateRecord.Text text) {
    GenericData.Record record = new GenericData.Record(DuplicateText.getClassSchema());
    record.put("id", text.id());
    record.put("topic", text.topic());
    record.put("partition", text.partition());
    record.put("offset", text.offset());
    record.put("event_time", text.eventTimeMillis());
    return record;
  }

  private static DuplicateRecord fromAvro(IndexedRecord record) {
    return new DuplicateRecord(
        textFromAvro((IndexedRecord) AvroFormat.get(record, "a")),
        textFromAvro((IndexedRecord) AvroFormat.get(record, "b")),
        (float) AvroFormat.get(record, "similarity"),
        AvroFormat.text(record, "model_version"),
        AvroFormat.text(record, "group"),
        AvroFormat.textOrNull(record, "merged_group"));
  }

  private static DuplicateRecord.Text textFromAvro(IndexedRecord record) {
    return new DuplicateRecord.Text(
        AvroFormat.text(record, "id"),
        AvroFormat.text(record, "topic"),
        (int) AvroFormat.get(record, "partition"),
        (long) AvroFormat.get(record, "offset"),
        AvroFormat.millis(record, "event_time"));
  }

  private static void write(DuplicateRecord duplicate, JsonGenerator json) throws IOException {
    write(json, "a", duplicate.a());
    write(json, "b", duplicate.b());
    json.writeNumberField("similarity", duplicate.similarity());
    json.writeStringField("model_version", duplicate.modelVersion());
    json.writeStringField("group", duplicate.group());
    if (duplicate.mergedGroup() != null) {
      json.writeStringField("merged_group", duplicate.mergedGroup());
    }
  }

  private static void write(JsonGenerator json, String name, DuplicateRecord.Text text)
      throws IOException {
    json.writeObjectFieldStart(name);
    json.writeStringField("id", text.id());
    JsonFormat.writeSource(json, text.topic(), text.partition(), text.offset());
    json.writeNumberField("event_time", text.eventTimeMillis());
    json.writeEndObject();
  }

  private static DuplicateRecord read(JsonNode json) {
    return new DuplicateRecord(
        readText(json.required("a")),
        readText(json.required("b")),
        json.required("similarity").floatValue(),
        json.required("model_version").asText(),
        json.required("group").asText(),
        JsonFormat.textOrNull(json, "merged_group"));
  }

  private static DuplicateRecord.Text readText(JsonNode json) {
    JsonNode source = json.required("source");
    return new DuplicateRecord.Text(
        json.required("id").asText(),
        source.required("topic").asText(),
        source.required("partition").intValue(),
        source.required("offset").longValue(),
        json.required("event_time").longValue());
  }
}
