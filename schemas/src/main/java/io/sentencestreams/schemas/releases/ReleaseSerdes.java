package io.sentencestreams.schemas.releases;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.sentencestreams.schemas.internal.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serializer;

/**
 * Releases and training runs as one JSON object each, with names in {@code snake_case}. Fields that
 * a reader does not know are skipped. Thread-safe.
 */
public final class ReleaseSerdes {
  private static final JsonMapper MAPPER =
      JsonMapper.builder(Json.FACTORY)
          .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private ReleaseSerdes() {}

  /** Writes releases. */
  public static Serializer<ReleaseRecord> releaseSerializer() {
    return (topic, value) -> write(value);
  }

  /** Reads releases. */
  public static Deserializer<ReleaseRecord> releaseDeserializer() {
    return (topic, value) -> read(topic, value, ReleaseRecord.class, "a release");
  }

  /** Writes training runs. */
  public static Serializer<TrainingRunRecord> runSerializer() {
    return (topic, value) -> write(value);
  }

  /** Reads training runs. */
  public static Deserializer<TrainingRunRecord> runDeserializer() {
    return (topic, value) -> read(topic, value, TrainingRunRecord.class, "a training run");
  }

  private static byte[] write(Object value) {
    try {
      return value == null ? null : MAPPER.writeValueAsBytes(value);
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e); // records of plain values
    }
  }

  private static <T> T read(String topic, byte[] value, Class<T> type, String what) {
    if (value == null) {
      return null;
    }
    try {
      T read = MAPPER.readValue(value, type);
      if (read == null) {
        throw new SerializationException(
            "A value on topic %s is not %s, but the null of JSON".formatted(topic, what));
      }
      return read;
    } catch (IOException e) {
      throw new SerializationException(
          "A value of %d bytes on topic %s is not %s in JSON: %s"
              .formatted(value.length, topic, what, e.getMessage()),
          e);
    }
  }
}
