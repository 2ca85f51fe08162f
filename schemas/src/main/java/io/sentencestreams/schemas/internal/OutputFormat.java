package io.sentencestreams.schemas.internal;

import io.sentencestreams.schemas.SerdeConfig;
import java.util.Map;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serializer;

/** Which form a kind of output record is written in. */
public final class OutputFormat {
  private OutputFormat() {}

  /** The serializer that the configuration asks for. */
  public static <T> Serializer<T> serializer(
      Map<String, ?> config, AvroFormat<T> avro, JsonFormat<T> json) {
    SerdeConfig serdeConfig = new SerdeConfig(config);
    return isJson(serdeConfig)
        ? json.serializer()
        : avro.serializer(RegistrySerdes.serializer(serdeConfig));
  }

  /** The deserializer of what {@link #serializer} writes. */
  public static <T> Deserializer<T> deserializer(
      Map<String, ?> config, AvroFormat<T> avro, JsonFormat<T> json) {
    SerdeConfig serdeConfig = new SerdeConfig(config);
    return isJson(serdeConfig)
        ? json.deserializer()
        : avro.deserializer(RegistrySerdes.deserializer(serdeConfig));
  }

  private static boolean isJson(SerdeConfig config) {
    return config.outputFormat().equals(SerdeConfig.FORMAT_JSON);
  }
}
