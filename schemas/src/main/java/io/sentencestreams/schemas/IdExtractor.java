package io.sentencestreams.schemas;

import io.sentencestreams.schemas.internal.IdExtractors;
import java.util.Map;
import org.apache.kafka.common.header.Headers;

/**
 * Gives a record the id of its embedding.
 *
 * <p>Use one instance per thread; close it when done.
 */
public interface IdExtractor extends AutoCloseable {

  /**
   * The id of a record.
   *
   * @param topic topic of the record
   * @param partition its partition
   * @param offset its offset
   * @param headers its headers
   * @param key its key, or null
   * @param value its value, never null
   * @throws InvalidRecordException if the record lacks what the id is made of
   * @throws SchemaRegistryException if the schema registry could not be asked
   */
  String extract(
      String topic, int partition, long offset, Headers headers, byte[] key, byte[] value);

  @Override
  void close();

  /**
   * The extractor that {@code id.source} asks for.
   *
   * @param config the whole configuration; keys of others are ignored, or passed to the
   *     deserializer
   * @throws org.apache.kafka.common.config.ConfigException if a key is missing or wrong
   */
  static IdExtractor from(Map<String, ?> config) {
    return IdExtractors.create(new SerdeConfig(config));
  }
}
