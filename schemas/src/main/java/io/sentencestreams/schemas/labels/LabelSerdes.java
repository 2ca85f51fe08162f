package io.sentencestreams.schemas.labels;

import io.sentencestreams.schemas.SchemaRegistryException;
import io.sentencestreams.schemas.SerdeConfig;
import io.sentencestreams.schemas.internal.LabelFormat;
import io.sentencestreams.schemas.labels.InvalidLabelException.Reason;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serializer;

/**
 * Labels as the values of a topic: one JSON object each, or Avro, through a registry if one is
 * configured and else in single-object encoding.
 */
public final class LabelSerdes {
  private LabelSerdes() {}

  /** Makes labels of values; thread-safe if the registry's deserializer is. */
  public interface Reader extends AutoCloseable {
    /**
     * A valid label.
     *
     * @throws InvalidLabelException if the value is none
     * @throws SchemaRegistryException if the registry could not be asked
     */
    Label read(String topic, Headers headers, byte[] value);

    @Override
    void close();
  }

  /**
   * A serializer of labels of one kind; the caller closes it.
   *
   * @param format {@code json} or {@code avro}
   * @param config with {@code schema.registry.url} where there is a registry
   * @throws ConfigException if a key is wrong, or a class it asks for is missing
   */
  public static Serializer<Label> serializer(LabelKind kind, String format, Map<String, ?> config) {
    return LabelFormat.of(kind).serializer(serdeConfig(format, config));
  }

  /** A reader of what {@link #serializer} writes, which the rules are applied to. */
  public static Reader reader(
      LabelKind kind, String format, LabelRules rules, Map<String, ?> config) {
    Deserializer<Label> deserializer =
        LabelFormat.of(kind).deserializer(serdeConfig(format, config));
    return new Reader() {
      @Override
      public Label read(String topic, Headers headers, byte[] value) {
        if (value == null) {
          throw new InvalidLabelException(
              Reason.NO_VALUE,
              "the record has no value: labels cannot be taken back by a tombstone");
        }
        if (value.length > rules.maxValueBytes()) {
          throw new InvalidLabelException(
              Reason.TEXT_TOO_LARGE,
              "the value has %,d bytes, which no label of texts of %,d bytes has"
                  .formatted(value.length, rules.maxTextBytes()));
        }
        return rules.check(deserializer.deserialize(topic, headers, value));
      }

      @Override
      public void close() {
        deserializer.close();
      }
    };
  }

  private static SerdeConfig serdeConfig(String format, Map<String, ?> config) {
    Map<String, Object> own = new HashMap<>(config);
    own.put(SerdeConfig.OUTPUT_FORMAT, format);
    return new SerdeConfig(own);
  }
}
