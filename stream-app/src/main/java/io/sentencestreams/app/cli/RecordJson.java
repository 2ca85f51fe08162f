package io.sentencestreams.app.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.sentencestreams.schemas.EmbeddingAvroDeserializer;
import io.sentencestreams.schemas.EmbeddingJsonSerializer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.header.Header;

/** A Kafka record as JSON, whatever its bytes are. */
final class RecordJson {
  private static final int SINGLE_OBJECT_MARKER = 0xC3;

  private final ObjectMapper json;
  private final EmbeddingAvroDeserializer avro = new EmbeddingAvroDeserializer();
  private final EmbeddingJsonSerializer embeddings = new EmbeddingJsonSerializer();

  RecordJson(ObjectMapper json) {
    this.json = json.copy().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
  }

  ObjectNode of(ConsumerRecord<byte[], byte[]> record) {
    ObjectNode node = json.createObjectNode();
    node.put("topic", record.topic());
    node.put("partition", record.partition());
    node.put("offset", record.offset());
    node.put("timestamp", record.timestamp());
    node.set("key", text(record.key()));
    ArrayNode headers = node.putArray("headers");
    for (Header header : record.headers()) {
      headers.addObject().put("key", header.key()).set("value", text(header.value()));
    }
    node.set("value", value(record.topic(), record.value()));
    return node;
  }

  private JsonNode value(String topic, byte[] bytes) {
    if (bytes != null && bytes.length > 1) {
      int first = bytes[0] & 0xFF;
      try {
        if (first == '{' || first == '[') {
          return json.readTree(bytes);
        }
        if (first == SINGLE_OBJECT_MARKER && bytes[1] == 1) {
          return json.readTree(embeddings.serialize(topic, avro.deserialize(topic, bytes)));
        }
      } catch (JsonProcessingException | SerializationException e) {
        return text(bytes); // it only looked like one
      } catch (IOException e) {
        throw new CommandException("a value cannot be read: " + e.getMessage(), e);
      }
    }
    return text(bytes);
  }

  /** Text if it is UTF-8, else {@code {"base64": …}}. */
  private JsonNode text(byte[] bytes) {
    if (bytes == null) {
      return NullNode.getInstance();
    }
    try {
      return TextNode.valueOf(
          StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString());
    } catch (CharacterCodingException e) {
      return json.createObjectNode().put("base64", bytes);
    }
  }
}
