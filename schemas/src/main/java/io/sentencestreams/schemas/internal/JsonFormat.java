package io.sentencestreams.schemas.internal;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.function.Function;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serializer;

/** Records of one kind as one JSON object each. Embeddings have a faster form of their own. */
public final class JsonFormat<T> {
  private static final ObjectMapper MAPPER = new ObjectMapper(Json.FACTORY);

  private final String what;
  private final Body<T> body;
  private final Function<JsonNode, T> reader;

  /** Writes the fields of one record. */
  interface Body<T> {
    void write(T value, JsonGenerator json) throws IOException;
  }

  /**
   * A kind of record.
   *
   * @param what a record is, with its article, for messages
   * @param reader throws an {@link IllegalArgumentException} for what is none
   */
  JsonFormat(String what, Body<T> body, Function<JsonNode, T> reader) {
    this.what = what;
    this.body = body;
    this.reader = reader;
  }

  /** Thread-safe. */
  public Serializer<T> serializer() {
    return (topic, value) -> value == null ? null : write(value);
  }

  /** Fields that it does not know are skipped. Thread-safe. */
  public Deserializer<T> deserializer() {
    return (topic, bytes) -> bytes == null ? null : read(topic, bytes);
  }

  /** What a parsed value says; throws what the reader throws. */
  T fromNode(JsonNode node) {
    return reader.apply(node);
  }

  private byte[] write(T value) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(512);
    try (JsonGenerator json = Json.FACTORY.createGenerator(out)) {
      json.writeStartObject();
      body.write(value, json);
      json.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException(e); // the stream is in memory
    }
    return out.toByteArray();
  }

  private T read(String topic, byte[] bytes) {
    try {
      return reader.apply(MAPPER.readTree(bytes));
    } catch (IOException | IllegalArgumentException e) {
      throw new SerializationException(
          "A value of %d bytes on topic %s is not %s in JSON: %s"
              .formatted(bytes.length, topic, what, e.getMessage()),
          e);
    }
  }

  static String textOrNull(JsonNode json, String field) {
    JsonNode value = json.path(field);
    return value.isMissingNode() || value.isNull() ? null : value.asText();
  }

  /** Where a text stands. */
  static void writeSource(JsonGenerator json, String topic, int partition, long offset)
      throws IOException {
    json.writeObjectFieldStart("source");
    json.writeStringField("topic", topic);
    json.writeNumberField("partition", partition);
    json.writeNumberField("offset", offset);
    json.writeEndObject();
  }
}
