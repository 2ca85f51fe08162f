package io.sentencestreams.schemas.internal;

import io.sentencestreams.schemas.InvalidRecordException;
import io.sentencestreams.schemas.SchemaRegistryException;
import io.sentencestreams.schemas.SerdeConfig;
import java.util.List;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.serialization.Deserializer;

/** Reads one string out of the values of a topic. */
public interface FieldReader extends AutoCloseable {

  /**
   * The string in a value, whatever it holds.
   *
   * @throws InvalidRecordException if there is none
   * @throws SchemaRegistryException if the schema registry could not be asked
   */
  String read(String topic, Headers headers, byte[] value);

  @Override
  default void close() {}

  /**
   * A reader of the configured input format.
   *
   * @param path where the string stands; plain text has no fields and ignores it
   * @param integers whether an integer stands for its decimal digits, or is refused
   */
  static FieldReader create(SerdeConfig config, FieldPath path, boolean integers) {
    return switch (config.inputFormat()) {
      case SerdeConfig.FORMAT_TEXT -> (topic, headers, value) -> Utf8Text.decode(value);
      case SerdeConfig.FORMAT_JSON -> new JsonFieldReader(path, integers);
      case SerdeConfig.FORMAT_AVRO -> createAvro(config, new AvroField(path, integers));
      default -> throw new AssertionError("validated: " + config.inputFormat());
    };
  }

  private static FieldReader createAvro(SerdeConfig config, AvroField field) {
    Deserializer<Object> registry = RegistrySerdes.inputDeserializer(config);
    if (registry != null) {
      return new RegistryAvroReader(registry, field);
    }
    List<String> files = config.inputSchemaFiles();
    if (files.isEmpty()) {
      throw new ConfigException(
          "%s=avro needs %s, or %s, or the schemas of the writers in %s"
              .formatted(
                  SerdeConfig.INPUT_FORMAT,
                  SerdeConfig.SCHEMA_REGISTRY_URL,
                  SerdeConfig.INPUT_VALUE_DESERIALIZER,
                  SerdeConfig.INPUT_AVRO_SCHEMA_FILES));
    }
    return new SingleObjectAvroReader(
        SchemaFiles.read(SerdeConfig.INPUT_AVRO_SCHEMA_FILES, files), field);
  }
}
