package io.sentencestreams.schemas;

import io.sentencestreams.schemas.internal.FieldPath;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.ValidString;
import org.apache.kafka.common.config.ConfigException;

/** The configuration of what is read from the topic of texts and written to that of embeddings. */
public final class SerdeConfig extends AbstractConfig {
  /** {@value}: how the value of a text record is encoded. */
  public static final String INPUT_FORMAT = "input.format";

  /** {@value}: where the text stands in a structured value. */
  public static final String INPUT_FIELD = "input.field";

  /** {@value}: class that decodes Avro values. */
  public static final String INPUT_VALUE_DESERIALIZER = "input.value.deserializer";

  /** {@value}: writer schemas of Avro values without a registry. */
  public static final String INPUT_AVRO_SCHEMA_FILES = "input.avro.schema.files";

  /** {@value}: what identifies a text. */
  public static final String ID_SOURCE = "id.source";

  /** {@value}: how embeddings are encoded. */
  public static final String OUTPUT_FORMAT = "output.format";

  /** {@value}: class that encodes embeddings. */
  public static final String OUTPUT_VALUE_SERIALIZER = "output.value.serializer";

  /** {@value}: class that decodes what the serializer wrote. */
  public static final String OUTPUT_VALUE_DESERIALIZER = "output.value.deserializer";

  /** {@value}: further writer schemas of embeddings. */
  public static final String OUTPUT_AVRO_SCHEMA_FILES = "output.avro.schema.files";

  /** {@value}: address of the schema registry. */
  public static final String SCHEMA_REGISTRY_URL = "schema.registry.url";

  /** Formats of {@link #INPUT_FORMAT} and {@link #OUTPUT_FORMAT}. */
  public static final String FORMAT_TEXT = "text";

  /** Format JSON. */
  public static final String FORMAT_JSON = "json";

  /** Format Avro. */
  public static final String FORMAT_AVRO = "avro";

  /** Value of {@link #ID_SOURCE}: topic-partition-offset. */
  public static final String ID_COORDINATES = "coordinates";

  /** Value of {@link #ID_SOURCE}: the key of the record. */
  public static final String ID_KEY = "key";

  /** Value of {@link #ID_SOURCE}: this, then the path of a field of the value. */
  public static final String ID_FIELD_PREFIX = "field:";

  private static final ConfigDef DEFINITION = define(new ConfigDef());

  /**
   * Reads and checks the keys of this module.
   *
   * @param config the whole configuration; keys of others are kept as they are
   * @throws ConfigException if a value is wrong, naming its key
   */
  public SerdeConfig(Map<String, ?> config) {
    super(DEFINITION, config, false);
    if (idSource().startsWith(ID_FIELD_PREFIX) && inputFormat().equals(FORMAT_TEXT)) {
      throw new ConfigException(
          ID_SOURCE,
          idSource(),
          "a plain text has no fields: set %s to json or avro, or %s to coordinates or key"
              .formatted(INPUT_FORMAT, ID_SOURCE));
    }
    if (outputSerializer() != null && !outputFormat().equals(FORMAT_AVRO)) {
      throw new ConfigException(
          OUTPUT_VALUE_SERIALIZER,
          outputSerializer(),
          "a serializer class is given Avro records: set %s to avro, or leave this key out"
              .formatted(OUTPUT_FORMAT));
    }
  }

  /**
   * Checks the keys of this module, and how they go together.
   *
   * @throws ConfigException if a value is wrong, naming its key
   */
  public static void check(Map<String, ?> config) {
    new SerdeConfig(config);
  }

  /**
   * Adds the keys of this module to a definition.
   *
   * @return the definition given
   */
  public static ConfigDef define(ConfigDef definition) {
    return definition
        .define(
            INPUT_FORMAT,
            ConfigDef.Type.STRING,
            FORMAT_TEXT,
            ValidString.in(FORMAT_TEXT, FORMAT_JSON, FORMAT_AVRO),
            Importance.HIGH,
            "How the values of the input topic are encoded: text (UTF-8), json, or avro.")
        .define(
            INPUT_FIELD,
            ConfigDef.Type.STRING,
            "text",
            validPath(""),
            Importance.HIGH,
            "Where the text stands in a JSON or Avro value: names joined by dots (message.body), or a"
                + " JSON pointer (/messages/0/body) for names with dots in them and for elements of"
                + " arrays. Empty when the value itself is the text. Not used for plain text.")
        .define(
            INPUT_VALUE_DESERIALIZER,
            ConfigDef.Type.STRING,
            null,
            Importance.MEDIUM,
            "Class of the Kafka deserializer of Avro input values, on the class path. It is configured"
                + " with all keys of this configuration and must return an Avro record or a string.")
        .define(
            INPUT_AVRO_SCHEMA_FILES,
            ConfigDef.Type.LIST,
            List.of(),
            ConfigDef.LambdaValidator.with((name, value) -> {}, () -> "paths of .avsc files"),
            Importance.MEDIUM,
            "Schemas (.avsc) that Avro input values were written with, for values in Avro's"
                + " single-object encoding, which need no registry.")
        .define(
            ID_SOURCE,
            ConfigDef.Type.STRING,
            ID_COORDINATES,
            ConfigDef.LambdaValidator.with(
                SerdeConfig::checkIdSource, () -> "coordinates, key, or field:PATH"),
            Importance.MEDIUM,
            "What identifies an embedding: coordinates (topic-partition-offset of the text), key (the"
                + " record's key as UTF-8), or field:PATH (a string or an integer in the value, its"
                + " path as in input.field).")
        .define(
            OUTPUT_FORMAT,
            ConfigDef.Type.STRING,
            FORMAT_JSON,
            ValidString.in(FORMAT_JSON, FORMAT_AVRO),
            Importance.HIGH,
            "How embeddings are encoded: json or avro.")
        .define(
            OUTPUT_VALUE_SERIALIZER,
            ConfigDef.Type.STRING,
            null,
            Importance.MEDIUM,
            "Class of the Kafka serializer of Avro embeddings, on the class path, such as"
                + " io.confluent.kafka.serializers.KafkaAvroSerializer. It is configured with all keys"
                + " of this configuration. Without it schema.registry.url decides.")
        .define(
            OUTPUT_VALUE_DESERIALIZER,
            ConfigDef.Type.STRING,
            null,
            Importance.LOW,
            "Class of the Kafka deserializer that reads what output.value.serializer wrote. Without it"
                + " the name of the serializer decides: Serializer becomes Deserializer.")
        .define(
            OUTPUT_AVRO_SCHEMA_FILES,
            ConfigDef.Type.LIST,
            List.of(),
            ConfigDef.LambdaValidator.with((name, value) -> {}, () -> "paths of .avsc files"),
            Importance.LOW,
            "Schemas (.avsc) of other versions of this program that wrote to the topic of embeddings"
                + " in Avro's single-object encoding, for reading that topic.")
        .define(
            SCHEMA_REGISTRY_URL,
            ConfigDef.Type.STRING,
            null,
            Importance.MEDIUM,
            "Address of the schema registry for Avro. With it and no class named, Confluent's serializer"
                + " is used if it is on the class path, else Apicurio's in Confluent's wire format, for"
                + " which this is an Apicurio Registry (http://host:8080/apis/registry/v3). Without it,"
                + " Avro is in single-object encoding.");
  }

  /** One of text, json and avro. */
  public String inputFormat() {
    return getString(INPUT_FORMAT);
  }

  /** Path of the text in the value. */
  public String inputField() {
    return getString(INPUT_FIELD);
  }

  /** Class name, or null. */
  public String inputDeserializer() {
    return getString(INPUT_VALUE_DESERIALIZER);
  }

  /** Paths of .avsc files. */
  public List<String> inputSchemaFiles() {
    return getList(INPUT_AVRO_SCHEMA_FILES);
  }

  /** What identifies a text. */
  public String idSource() {
    return getString(ID_SOURCE);
  }

  /** One of json and avro. */
  public String outputFormat() {
    return getString(OUTPUT_FORMAT);
  }

  /** Class name, or null. */
  public String outputSerializer() {
    return getString(OUTPUT_VALUE_SERIALIZER);
  }

  /** Class name, or null. */
  public String outputDeserializer() {
    return getString(OUTPUT_VALUE_DESERIALIZER);
  }

  /** Paths of .avsc files. */
  public List<String> outputSchemaFiles() {
    return getList(OUTPUT_AVRO_SCHEMA_FILES);
  }

  /** Address, or null. */
  public String registryUrl() {
    return getString(SCHEMA_REGISTRY_URL);
  }

  private static ConfigDef.Validator validPath(String prefix) {
    return ConfigDef.LambdaValidator.with(
        (name, value) -> FieldPath.parse(name, ((String) value).substring(prefix.length())),
        () -> "names joined by dots, or a JSON pointer");
  }

  private static void checkIdSource(String name, Object value) {
    String source = (String) value;
    if (source.startsWith(ID_FIELD_PREFIX)) {
      FieldPath.parse(name, source.substring(ID_FIELD_PREFIX.length()));
    } else if (!source.equals(ID_COORDINATES) && !source.equals(ID_KEY)) {
      throw new ConfigException(name, value, "must be coordinates, key, or field:PATH");
    }
  }
}
