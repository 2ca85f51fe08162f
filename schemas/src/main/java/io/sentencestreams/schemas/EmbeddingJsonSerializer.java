package io.sentencestreams.schemas;

import com.fasterxml.jackson.core.JsonGenerator;
import io.sentencestreams.schemas.internal.Json;
import io.sentencestreams.schemas.internal.JsonFloats;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.apache.kafka.common.serialization.Serializer;

/**
 * Embeddings as one JSON object each:
 *
 * <pre>{@code
 * {"id": "texts-0-7", "text": "…", "model": "all-MiniLM-L6-v2", "model_version": "…", "tokens": 9,
 *  "truncated": false, "source": {"topic": "texts", "partition": 0, "offset": 7},
 *  "event_time": 1767225600000, "vector": [0.0125, …]}
 * }</pre>
 *
 * <p>{@code event_time} is in milliseconds since the epoch, {@code text} is left out where there is
 * none, and each value of the vector is the shortest decimal that reads back as the same float.
 * Thread-safe.
 */
public final class EmbeddingJsonSerializer implements Serializer<EmbeddingRecord> {
  private static final int FIXED_BYTES = 256;
  private static final int BYTES_PER_VALUE = 14;

  /** A buffer for each thread, as the serializer may be shared. */
  private static final ThreadLocal<JsonFloats> FLOATS = ThreadLocal.withInitial(JsonFloats::new);

  @Override
  public byte[] serialize(String topic, EmbeddingRecord embedding) {
    if (embedding == null) {
      return null;
    }
    int size = FIXED_BYTES + BYTES_PER_VALUE * embedding.vector().length;
    ByteArrayOutputStream out = new ByteArrayOutputStream(size);
    try (JsonGenerator json = Json.FACTORY.createGenerator(out)) {
      write(embedding, json, out);
    } catch (IOException e) {
      throw new UncheckedIOException(e); // the stream is in memory
    }
    return out.toByteArray();
  }

  private static void write(
      EmbeddingRecord embedding, JsonGenerator json, ByteArrayOutputStream out) throws IOException {
    json.writeStartObject();
    json.writeStringField("id", embedding.id());
    if (embedding.text() != null) {
      json.writeStringField("text", embedding.text());
    }
    json.writeStringField("model", embedding.model());
    json.writeStringField("model_version", embedding.modelVersion());
    json.writeNumberField("tokens", embedding.tokens());
    json.writeBooleanField("truncated", embedding.truncated());
    json.writeObjectFieldStart("source");
    json.writeStringField("topic", embedding.topic());
    json.writeNumberField("partition", embedding.partition());
    json.writeNumberField("offset", embedding.offset());
    json.writeEndObject();
    json.writeNumberField("event_time", embedding.eventTimeMillis());
    json.writeFieldName("vector");
    json.writeRawValue(""); // the vector goes past the generator, which would copy it twice
    json.flush();
    FLOATS.get().write(embedding.vector(), out);
    json.writeEndObject();
  }
}
