package io.sentencestreams.app.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.sentencestreams.schemas.OutputAvroToJson;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.header.Header;

/** A Kafka record as JSON, whatever its bytes are. */
final class RecordJson implements AutoCloseable {
  private static final int SINGLE_OBJECT_MARKER = 0xC3;

  /** Of a value that a registry's serializer wrote: a 0, a 4-byte id, the Avro body. */
  private static final int REGISTRY_HEADER_BYTES = 5;

  private final ObjectMapper json =
      new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
  private final OutputAvroToJson avro;
  private final PrintWriter err;
  private final Set<String> complaints = new HashSet<>();

  /**
   * Reads values, Avro with a schema registry too if there is one in the configuration.
   *
   * @param config of the stream, or of a Kafka client
   * @param err told of values that the registry's deserializer cannot read
   */
  RecordJson(Map<String, Object> config, PrintWriter err) {
    this.err = err;
    avro = new OutputAvroToJson(config);
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
    node.set("value", value(record));
    return node;
  }

  private JsonNode value(ConsumerRecord<byte[], byte[]> record) {
    byte[] bytes = record.value();
    if (bytes != null && bytes.length > 1) {
      int first = bytes[0] & 0xFF;
      try {
        if (first == '{' || first == '[') {
          return json.readTree(bytes);
        }
        if (first == SINGLE_OBJECT_MARKER && bytes[1] == 1) {
          return json.readTree(avro.fromSingleObject(record.topic(), bytes));
        }
        if (first == 0 && bytes.length > REGISTRY_HEADER_BYTES) {
          return avro.hasRegistry() ? fromRegistry(record) : ofUnknownRegistry(record);
        }
      } catch (JsonProcessingException | SerializationException e) {
        return text(bytes); // it only looked like one
      } catch (IOException e) {
        throw new CommandException("a value cannot be read: " + e.getMessage(), e);
      }
    }
    return text(bytes);
  }

  /** No text begins with a 0, so it says what this is and how it could be read. */
  private JsonNode ofUnknownRegistry(ConsumerRecord<byte[], byte[]> record) {
    int schema = ByteBuffer.wrap(record.value()).getInt(1);
    if (complaints.add(record.topic())) {
      err.printf(
          "%s-%d@%d begins like Avro that was written with a schema registry, with the schema of id"
              + " %d: --registry URL, or a --config with schema.registry.url, reads it%n",
          record.topic(), record.partition(), record.offset(), schema);
      err.flush();
    }
    return json.createObjectNode().put("base64", record.value()).put("schema_id", schema);
  }

  /** Whoever looks at a topic wants to see the rest of it too, so a failure is told and passed. */
  private JsonNode fromRegistry(ConsumerRecord<byte[], byte[]> record) throws IOException {
    byte[] decoded;
    try {
      decoded = avro.fromRegistry(record.topic(), record.headers(), record.value());
    } catch (RuntimeException e) { // a deserializer of others may throw anything
      Throwable root = e;
      while (root.getCause() != null) {
        root = root.getCause();
      }
      if (complaints.add(root.toString())) {
        err.printf(
            "%s-%d@%d begins like a value that was written with a schema registry, and cannot be"
                + " read with it: %s%n",
            record.topic(), record.partition(), record.offset(), root);
        err.flush();
      }
      return text(record.value());
    }
    return json.readTree(decoded);
  }

  @Override
  public void close() {
    avro.close();
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
