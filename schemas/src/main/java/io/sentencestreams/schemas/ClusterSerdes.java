package io.sentencestreams.schemas;

import io.sentencestreams.schemas.internal.ClusterFormat;
import io.sentencestreams.schemas.internal.OutputFormat;
import java.util.Map;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serializer;

/**
 * Serializers of clusters, chosen by the same keys as those of embeddings, see {@link
 * EmbeddingSerdes}: JSON, Avro through a registry or a class that is named, or Avro's single-object
 * encoding. What they return is configured; the caller closes it.
 */
public final class ClusterSerdes {
  private ClusterSerdes() {}

  /**
   * The serializer that the configuration asks for.
   *
   * @param config the whole configuration; a serializer named in it is given all of it
   * @throws ConfigException if a key is wrong, or a class it asks for is missing
   */
  public static Serializer<ClusterRecord> serializer(Map<String, ?> config) {
    return OutputFormat.serializer(config, ClusterFormat.AVRO, ClusterFormat.JSON);
  }

  /**
   * The deserializer of what {@link #serializer} writes.
   *
   * @param config the whole configuration; a deserializer named in it is given all of it
   * @throws ConfigException if a key is wrong, or a class it asks for is missing
   */
  public static Deserializer<ClusterRecord> deserializer(Map<String, ?> config) {
    return OutputFormat.deserializer(config, ClusterFormat.AVRO, ClusterFormat.JSON);
  }
}
