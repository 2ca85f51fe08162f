package io.sentencestreams.schemas.internal;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import io.sentencestreams.schemas.ClusterRecord;
import io.sentencestreams.schemas.avro.Cluster;
import io.sentencestreams.schemas.avro.ClusterState;
import io.sentencestreams.schemas.avro.ClusterText;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.IndexedRecord;

/**
 * Clusters in Avro, and in JSON:
 *
 * <pre>{@code
 * {"id": "…-17", "state": "active", "model_version": "…", "size": 120, "weight": 33.2,
 *  "time": 1767225600000, "terms": ["refund", …],
 *  "representatives": [{"id": "texts-0-7", "text": "…", "similarity": 0.71,
 *                       "event_time": 1767225500000}, …],
 *  "first_seen": 1767225500000, "last_seen": 1767225600000, "parents": [],
 *  "centroid": [0.0125, …]}
 * }</pre>
 *
 * <p>{@code merged_into} is there only where the state is {@code merged}.
 */
public final class ClusterFormat {
  private static final String WHAT = "a cluster";

  /** In Avro. */
  public static final AvroFormat<ClusterRecord> AVRO =
      new AvroFormat<>(
          WHAT, Cluster.getClassSchema(), ClusterFormat::toAvro, ClusterFormat::fromAvro);

  /** In JSON. */
  public static final JsonFormat<ClusterRecord> JSON =
      new JsonFormat<>(WHAT, ClusterFormat::write, ClusterFormat::read);

  private ClusterFormat() {}

  private static IndexedRecord toAvro(ClusterRecord cluster) {
    GenericData.Record record = new GenericData.Record(Cluster.getClassSchema());
    record.put("id", cluster.id());
    record.put(
        "state", new GenericData.EnumSymbol(ClusterState.getClassSchema(), cluster.state().name()));
    record.put("merged_into", cluster.mergedInto());
    record.put("model_version", cluster.modelVersion());
    record.put("size", cluster.size());
    record.put("weight", cluster.weight());
    record.put("time", cluster.timeMillis());
    record.put("terms", cluster.terms());
    record.put(
        "representatives", cluster.representatives().stream().map(ClusterFormat::toAvro).toList());
    record.put("first_seen", cluster.firstSeenMillis());
    record.put("last_seen", cluster.lastSeenMillis());
    record.put("parents", cluster.parents());
    record.put("centroid", new FloatVector(cluster.centroid()));
    return record;
  }

  private static IndexedRecord toAvro(ClusterRecord.Text text) {
    GenericData.Record record = new GenericData.Record(ClusterText.getClassSchema());
    record.put("id", text.id());
    record.put("text", text.text());
    record.put("similarity", text.similarity());
    record.put("event_time", text.eventTimeMillis());
    return record;
  }

  private static ClusterRecord fromAvro(IndexedRecord record) {
    return new ClusterRecord(
        AvroFormat.text(record, "id"),
        ClusterRecord.State.valueOf(AvroFormat.text(record, "state")),
        AvroFormat.textOrNull(record, "merged_into"),
        AvroFormat.text(record, "model_version"),
        (long) AvroFormat.get(record, "size"),
        (double) AvroFormat.get(record, "weight"),
        AvroFormat.millis(record, "time"),
        list(record, "terms", Object::toString),
        list(record, "representatives", ClusterFormat::textFromAvro),
        AvroFormat.millis(record, "first_seen"),
        AvroFormat.millis(record, "last_seen"),
        list(record, "parents", Object::toString),
        EmbeddingConversion.floats((List<?>) AvroFormat.get(record, "centroid")));
  }

  private static <T> List<T> list(
      IndexedRecord record, String field, Function<Object, T> conversion) {
    List<T> list = new ArrayList<>();
    ((List<?>) AvroFormat.get(record, field)).forEach(item -> list.add(conversion.apply(item)));
    return list;
  }

  private static ClusterRecord.Text textFromAvro(Object item) {
    IndexedRecord record = (IndexedRecord) item;
    return new ClusterRecord.Text(
        AvroFormat.text(record, "id"),
        AvroFormat.text(record, "text"),
        (float) AvroFormat.get(record, "similarity"),
        AvroFormat.millis(record, "event_time"));
  }

  private static void write(ClusterRecord cluster, JsonGenerator json) throws IOException {
    json.writeStringField("id", cluster.id());
    json.writeStringField("state", cluster.state().name().toLowerCase(Locale.ROOT));
    if (cluster.mergedInto() != null) {
      json.writeStringField("merged_into", cluster.mergedInto());
    }
    json.writeStringField("model_version", cluster.modelVersion());
    json.writeNumberField("size", cluster.size());
    json.writeNumberField("weight", cluster.weight());
    json.writeNumberField("time", cluster.timeMillis());
    writeTexts(json, "terms", cluster.terms());
    json.writeArrayFieldStart("representatives");
    for (ClusterRecord.Text text : cluster.representatives()) {
      json.writeStartObject();
      json.writeStringField("id", text.id());
      json.writeStringField("text", text.text());
      json.writeNumberField("similarity", text.similarity());
      json.writeNumberField("event_time", text.eventTimeMillis());
      json.writeEndObject();
    }
    json.writeEndArray();
    json.writeNumberField("first_seen", cluster.firstSeenMillis());
    json.writeNumberField("last_seen", cluster.lastSeenMillis());
    writeTexts(json, "parents", cluster.parents());
    json.writeArrayFieldStart("centroid");
    for (float value : cluster.centroid()) {
      json.writeNumber(value);
    }
    json.writeEndArray();
  }

  private static void writeTexts(JsonGenerator json, String name, List<String> texts)
      throws IOException {
    json.writeArrayFieldStart(name);
    for (String text : texts) {
      json.writeString(text);
    }
    json.writeEndArray();
  }

  private static ClusterRecord read(JsonNode json) {
    JsonNode values = json.required("centroid");
    float[] centroid = new float[values.size()];
    for (int i = 0; i < centroid.length; i++) {
      centroid[i] = values.get(i).floatValue();
    }
    return new ClusterRecord(
        json.required("id").asText(),
        ClusterRecord.State.valueOf(json.required("state").asText().toUpperCase(Locale.ROOT)),
        JsonFormat.textOrNull(json, "merged_into"),
        json.required("model_version").asText(),
        json.required("size").longValue(),
        json.required("weight").doubleValue(),
        json.required("time").longValue(),
        list(json.required("terms"), JsonNode::asText),
        list(json.required("representatives"), ClusterFormat::readText),
        json.required("first_seen").longValue(),
        json.required("last_seen").longValue(),
        list(json.required("parents"), JsonNode::asText),
        centroid);
  }

  private static <T> List<T> list(JsonNode array, Function<JsonNode, T> conversion) {
    List<T> list = new ArrayList<>();
    array.forEach(item -> list.add(conversion.apply(item)));
    return list;
  }

  private static ClusterRecord.Text readText(JsonNode json) {
    return new ClusterRecord.Text(
        json.required("id").asText(),
        json.required("text").asText(),
        json.required("similarity").floatValue(),
        json.required("event_time").longValue());
  }
}
