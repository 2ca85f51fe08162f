package io.sentencestreams.schemas;

import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.sentencestreams.schemas.internal.Json;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.serialization.Deserializer;

/**
 * Reads what {@link EmbeddingJsonSerializer} wrote. Fields it does not know are skipped, so that
 * later versions may add some. Thread-safe.
 */
public final class EmbeddingJsonDeserializer implements Deserializer<EmbeddingRecord> {

  @Override
  public EmbeddingRecord deserialize(String topic, byte[] bytes) {
    if (bytes == null) {
      return null;
    }
    try (JsonParser json = Json.FACTORY.createParser(bytes)) {
      Fields fields = new Fields();
      require(json, json.nextToken(), JsonToken.START_OBJECT);
      while (json.nextToken() != JsonToken.END_OBJECT) {
        fields.read(json, json.currentName());
      }
      if (json.nextToken() != null) {
        throw new JsonParseException(json, "more follows the object");
      }
      return fields.toEmbedding();
    } catch (IOException | IllegalArgumentException e) {
      throw new SerializationException(
          "A value of %d bytes on topic %s is no embedding in JSON: %s"
              .formatted(bytes.length, topic, e.getMessage()),
          e);
    }
  }

  private static void require(JsonParser json, JsonToken token, JsonToken... expected)
      throws JsonParseException {
    if (!Arrays.asList(expected).contains(token)) {
      throw new JsonParseException(
          json, "%s where %s is expected".formatted(token, Arrays.toString(expected)));
    }
  }

  /** The fields of an embedding while they are read, in whatever order they come. */
  private static final class Fields {
    private String id;
    private float[] vector;
    private String model;
    private String modelVersion;
    private Integer tokens;
    private Boolean truncated;
    private String topic;
    private Integer partition;
    private Long offset;
    private Long eventTime;
    private String text;

    void read(JsonParser json, String name) throws IOException {
      JsonToken token = json.nextToken();
      switch (name) {
        case "id" -> id = string(json, token);
        case "text" -> text = token == JsonToken.VALUE_NULL ? null : string(json, token);
        case "model" -> model = string(json, token);
        case "model_version" -> modelVersion = string(json, token);
        case "tokens" -> tokens = integer32(json, token);
        case "truncated" -> truncated = truth(json, token);
        case "event_time" -> eventTime = integer(json, token);
        case "vector" -> vector = vector(json, token);
        case "source" -> source(json, token);
        default -> json.skipChildren();
      }
    }

    private void source(JsonParser json, JsonToken start) throws IOException {
      require(json, start, JsonToken.START_OBJECT);
      while (json.nextToken() != JsonToken.END_OBJECT) {
        String name = json.currentName();
        JsonToken token = json.nextToken();
        switch (name) {
          case "topic" -> topic = string(json, token);
          case "partition" -> partition = integer32(json, token);
          case "offset" -> offset = integer(json, token);
          default -> json.skipChildren();
        }
      }
    }

    private static String string(JsonParser json, JsonToken token) throws IOException {
      require(json, token, JsonToken.VALUE_STRING);
      return json.getText();
    }

    private static long integer(JsonParser json, JsonToken token) throws IOException {
      require(json, token, JsonToken.VALUE_NUMBER_INT);
      return json.getLongValue();
    }

    private static int integer32(JsonParser json, JsonToken token) throws IOException {
      require(json, token, JsonToken.VALUE_NUMBER_INT);
      return json.getIntValue();
    }

    private static boolean truth(JsonParser json, JsonToken token) throws IOException {
      require(json, token, JsonToken.VALUE_TRUE, JsonToken.VALUE_FALSE);
      return json.getBooleanValue();
    }

    private static float[] vector(JsonParser json, JsonToken start) throws IOException {
      require(json, start, JsonToken.START_ARRAY);
      float[] values = new float[384];
      int size = 0;
      for (JsonToken t = json.nextToken(); t != JsonToken.END_ARRAY; t = json.nextToken()) {
        require(json, t, JsonToken.VALUE_NUMBER_FLOAT, JsonToken.VALUE_NUMBER_INT);
        if (size == values.length) {
          values = Arrays.copyOf(values, size * 2);
        }
        values[size++] = json.getFloatValue();
      }
      return Arrays.copyOf(values, size);
    }

    EmbeddingRecord toEmbedding() {
      List<String> missing = new ArrayList<>();
      note(missing, "id", id);
      note(missing, "vector", vector);
      note(missing, "model", model);
      note(missing, "model_version", modelVersion);
      note(missing, "tokens", tokens);
      note(missing, "truncated", truncated);
      note(missing, "source.topic", topic);
      note(missing, "source.partition", partition);
      note(missing, "source.offset", offset);
      note(missing, "event_time", eventTime);
      if (!missing.isEmpty()) {
        throw new IllegalArgumentException("it lacks " + String.join(", ", missing));
      }
      return new EmbeddingRecord(
          id,
          vector,
          model,
          modelVersion,
          tokens,
          truncated,
          topic,
          partition,
          offset,
          eventTime,
          text);
    }

    private static void note(List<String> missing, String name, Object value) {
      if (value == null) {
        missing.add(name);
      }
    }
  }
}
