package io.sentencestreams.schemas;

import io.sentencestreams.schemas.internal.ConfiguredTextExtractor;
import java.util.Map;
import org.apache.kafka.common.header.Headers;

/**
 * Takes the text out of the value of a record.
 *
 * <p>The text returned holds at least one character that is neither white space nor a control
 * character, and no lone surrogate: a text of which nothing is seen has no meaning to embed, and a
 * lone surrogate is no character in any encoding, so both are refused instead of silently replaced.
 *
 * <p>Use one instance per thread; close it when done.
 */
public interface TextExtractor extends AutoCloseable {

  /**
   * The text of a record.
   *
   * @param topic topic of the record
   * @param headers headers of the record
   * @param value value of the record, never null
   * @throws InvalidRecordException if the value holds no usable text; the message is fit for a dead
   *     letter
   * @throws SchemaRegistryException if the schema registry could not be asked
   */
  String extract(String topic, Headers headers, byte[] value);

  @Override
  void close();

  /**
   * The extractor that {@code input.format}, {@code input.field} and the keys of Avro ask for.
   *
   * @param config the whole configuration; keys of others are ignored, or passed to the
   *     deserializer
   * @throws org.apache.kafka.common.config.ConfigException if a key is missing or wrong
   */
  static TextExtractor from(Map<String, ?> config) {
    return new ConfiguredTextExtractor(new SerdeConfig(config));
  }
}
