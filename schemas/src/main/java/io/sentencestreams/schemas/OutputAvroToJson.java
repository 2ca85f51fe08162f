package io.sentencestreams.schemas;

import io.sentencestreams.schemas.avro.Embedding;
import io.sentencestreams.schemas.internal.AvroFormat;
import io.sentencestreams.schemas.internal.ClusterAssignmentFormat;
import io.sentencestreams.schemas.internal.ClusterFormat;
import io.sentencestreams.schemas.internal.DuplicateFormat;
import io.sentencestreams.schemas.internal.EmbeddingConversion;
import io.sentencestreams.schemas.internal.JsonFormat;
import io.sentencestreams.schemas.internal.RegistrySerdes;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.IndexedRecord;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.serialization.Deserializer;

/**
 * Avro values of any topic that the stream writes, as the JSON that it would have written, and
 * those of others that a registry knows: for those who look at a topic and do not know what is on
 * it.
 */
public final class OutputAvroToJson implements AutoCloseable {
  private static final List<Kind<?>> KINDS =
      List.of(
          new Kind<>(DuplicateFormat.AVRO, DuplicateFormat.JSON),
          new Kind<>(ClusterFormat.AVRO, ClusterFormat.JSON),
          new Kind<>(ClusterAssignmentFormat.AVRO, ClusterAssignmentFormat.JSON));

  private final EmbeddingAvroDeserializer embeddings = new EmbeddingAvroDeserializer();
  private final EmbeddingJsonSerializer embeddingJson = new EmbeddingJsonSerializer();
  private final Deserializer<Object> registry; // null without one

  private record Kind<T>(AvroFormat<T> avro, JsonFormat<T> json) {
    byte[] toJson(String topic, byte[] value) {
      try (Deserializer<T> deserializer = avro.deserializer(null)) {
        return json.serializer().serialize(topic, deserializer.deserialize(topic, value));
      }
    }

    byte[] toJson(String topic, IndexedRecord record) {
      return json.serializer().serialize(topic, avro.fromRecord(record));
    }
  }

  /**
   * Reads as a configuration says.
   *
   * @param config of the stream, or of a Kafka client; with {@code schema.registry.url} values that
   *     were written with a registry are read too
   * @throws ConfigException if a key is wrong, or a class it asks for is missing
   */
  public OutputAvroToJson(Map<String, ?> config) {
    embeddings.configure(config, false);
    if (config.containsKey(SerdeConfig.SCHEMA_REGISTRY_URL)) {
      Map<String, Object> avroConfig = new HashMap<>(config);
      avroConfig.put(SerdeConfig.OUTPUT_FORMAT, SerdeConfig.FORMAT_AVRO);
      registry = RegistrySerdes.deserializer(new SerdeConfig(avroConfig));
    } else {
      registry = null;
    }
  }

  /** Whether it can read values that were written with a registry. */
  public boolean hasRegistry() {
    return registry != null;
  }

  /**
   * The JSON of a value in Avro's single-object encoding.
   *
   * @throws SerializationException if it is none of ours
   */
  public byte[] fromSingleObject(String topic, byte[] value) {
    Optional<Kind<?>> kind = KINDS.stream().filter(any -> any.avro().isOf(value)).findFirst();
    return kind.isPresent()
        ? kind.get().toJson(topic, value)
        : embeddingJson.serialize(topic, embeddings.deserialize(topic, value));
  }

  /**
   * The JSON of a value that was written with a registry: the stream's own, or that which Avro
   * shows of a record of any other schema.
   *
   * @throws RuntimeException if it cannot be read, or the registry does not answer: the class that
   *     reads it may be anyone's, and throw anything
   */
  public byte[] fromRegistry(String topic, Headers headers, byte[] value) {
    Object read = registry.deserialize(topic, headers, value);
    if (!(read instanceof IndexedRecord record)) {
      throw new SerializationException(
          "A value on topic %s is no Avro record but a %s"
              .formatted(topic, read == null ? "null" : read.getClass().getName()));
    }
    Optional<Kind<?>> kind = KINDS.stream().filter(any -> any.avro().isOf(record)).findFirst();
    if (kind.isPresent()) {
      return kind.get().toJson(topic, record);
    }
    return record.getSchema().getFullName().equals(Embedding.getClassSchema().getFullName())
        ? embeddingJson.serialize(topic, EmbeddingConversion.fromAvro(record))
        : GenericData.get().toString(record).getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public void close() {
    embeddings.close();
    if (registry != null) {
      registry.close();
    }
  }
}
