package io.sentencestreams.schemas;

import io.sentencestreams.schemas.internal.AvroDeserializerAdapter;
import io.sentencestreams.schemas.internal.AvroSerializerAdapter;
import io.sentencestreams.schemas.internal.RegistrySerdes;
import java.util.Map;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.Serializer;

/**
 * Serializers of embeddings, chosen by the configuration:
 *
 * <ul>
 *   <li>{@code output.format=json}: {@link EmbeddingJsonSerializer};
 *   <li>{@code output.format=avro} with {@code output.value.serializer}: the class named, given the
 *       generated {@link io.sentencestreams.schemas.avro.Embedding};
 *   <li>{@code output.format=avro} with {@code schema.registry.url}: Confluent's serializer where
 *       it is on the class path, else Apicurio's, in the same wire format;
 *   <li>{@code output.format=avro} alone: {@link EmbeddingAvroSerializer}.
 * </ul>
 *
 * What they return is configured; the caller closes it.
 */
public final class EmbeddingSerdes {
  private EmbeddingSerdes() {}

  /**
   * The serializer that the configuration asks for.
   *
   * @param config the whole configuration; a serializer named in it is given all of it
   * @throws ConfigException if a key is wrong, or a class it asks for is missing
   */
  public static Serializer<EmbeddingRecord> serializer(Map<String, ?> config) {
    SerdeConfig serdeConfig = new SerdeConfig(config);
    if (serdeConfig.outputFormat().equals(SerdeConfig.FORMAT_JSON)) {
      return new EmbeddingJsonSerializer();
    }
    Serializer<Object> registry = RegistrySerdes.serializer(serdeConfig);
    return registry == null ? new EmbeddingAvroSerializer() : new AvroSerializerAdapter(registry);
  }

  /**
   * The deserializer of what {@link #serializer} writes.
   *
   * @param config the whole configuration; a deserializer named in it is given all of it
   * @throws ConfigException if a key is wrong, or a class it asks for is missing
   */
  public static Deserializer<EmbeddingRecord> deserializer(Map<String, ?> config) {
    SerdeConfig serdeConfig = new SerdeConfig(config);
    if (serdeConfig.outputFormat().equals(SerdeConfig.FORMAT_JSON)) {
      return new EmbeddingJsonDeserializer();
    }
    Deserializer<Object> registry = RegistrySerdes.deserializer(serdeConfig);
    if (registry != null) {
      return new AvroDeserializerAdapter(registry);
    }
    EmbeddingAvroDeserializer deserializer = new EmbeddingAvroDeserializer();
    deserializer.configure(config, false);
    return deserializer;
  }

  /** Both, see {@link #serializer} and {@link #deserializer}. */
  public static Serde<EmbeddingRecord> serde(Map<String, ?> config) {
    return Serdes.serdeFrom(serializer(config), deserializer(config));
  }
}
