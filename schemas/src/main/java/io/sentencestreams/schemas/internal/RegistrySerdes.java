package io.sentencestreams.schemas.internal;

import io.sentencestreams.schemas.SerdeConfig;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serializer;

/**
 * Which Avro serializer is used with a schema registry: the one that is named, else Confluent's
 * where it is on the class path, else Apicurio's, told to write what Confluent's would (a 0, a
 * 4-byte id, the Avro body; schemas registered by the writer, named after the topic).
 */
public final class RegistrySerdes {
  private static final String CONFLUENT = "io.confluent.kafka.serializers.KafkaAvro";
  private static final String APICURIO = "io.apicurio.registry.serde.avro.AvroKafka";
  private static final String SERIALIZER = "Serializer";
  private static final String DESERIALIZER = "Deserializer";

  private RegistrySerdes() {}

  /** The serializer of embeddings, or null where neither a class nor a registry is configured. */
  public static Serializer<Object> serializer(SerdeConfig config) {
    String named = config.outputSerializer();
    if (named != null) {
      return Plugins.serializer(SerdeConfig.OUTPUT_VALUE_SERIALIZER, named, properties(config));
    }
    if (config.registryUrl() == null) {
      return null;
    }
    String chosen = choose(SERIALIZER);
    return Plugins.serializer(SerdeConfig.SCHEMA_REGISTRY_URL, chosen, properties(config));
  }

  /** The deserializer of embeddings, or null where neither a class nor a registry is configured. */
  public static Deserializer<Object> deserializer(SerdeConfig config) {
    String named = config.outputDeserializer();
    String key = SerdeConfig.OUTPUT_VALUE_DESERIALIZER;
    if (named == null && config.outputSerializer() != null) {
      named = counterpart(config.outputSerializer());
    }
    if (named == null && config.registryUrl() != null) {
      named = choose(DESERIALIZER);
      key = SerdeConfig.SCHEMA_REGISTRY_URL;
    }
    return named == null ? null : Plugins.deserializer(key, named, properties(config));
  }

  /** The deserializer of texts, or null where neither a class nor a registry is configured. */
  static Deserializer<Object> inputDeserializer(SerdeConfig config) {
    String named = config.inputDeserializer();
    if (named != null) {
      return Plugins.deserializer(SerdeConfig.INPUT_VALUE_DESERIALIZER, named, properties(config));
    }
    if (config.registryUrl() == null) {
      return null;
    }
    return Plugins.deserializer(
        SerdeConfig.SCHEMA_REGISTRY_URL, choose(DESERIALIZER), properties(config));
  }

  private static String counterpart(String serializer) {
    if (!serializer.endsWith(SERIALIZER)) {
      throw new ConfigException(
          SerdeConfig.OUTPUT_VALUE_SERIALIZER,
          serializer,
          "its name does not say which class reads what it writes: set "
              + SerdeConfig.OUTPUT_VALUE_DESERIALIZER);
    }
    String stem = serializer.substring(0, serializer.length() - SERIALIZER.length());
    return stem + DESERIALIZER;
  }

  private static String choose(String suffix) {
    if (Plugins.isPresent(CONFLUENT + suffix)) {
      return CONFLUENT + suffix;
    }
    if (Plugins.isPresent(APICURIO + suffix)) {
      return APICURIO + suffix;
    }
    throw new ConfigException(
        "%s is set, but neither %s nor %s is on the class path: add io.apicurio:apicurio-registry-avro-serde-kafka, or io.confluent:kafka-avro-serializer (Maven profile 'confluent')"
            .formatted(SerdeConfig.SCHEMA_REGISTRY_URL, CONFLUENT + suffix, APICURIO + suffix));
  }

  /** Everything the user configured, and below it what makes the two kinds of registry alike. */
  private static Map<String, Object> properties(SerdeConfig config) {
    Map<String, Object> properties = new HashMap<>();
    if (config.registryUrl() != null) {
      properties.put("apicurio.registry.url", config.registryUrl());
    }
    properties.put("apicurio.registry.auto-register", true);
    properties.put("apicurio.registry.auto-register.if-exists", "FIND_OR_CREATE_VERSION");
    properties.put("apicurio.registry.headers.enabled", false);
    // one schema whole, not a reference per nested record that every other client must follow
    properties.put("apicurio.registry.dereference-schema", true);
    properties.putAll(config.originals());
    return properties;
  }
}
