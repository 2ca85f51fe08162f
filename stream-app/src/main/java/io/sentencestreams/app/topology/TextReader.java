package io.sentencestreams.app.topology;

import io.sentencestreams.schemas.IdExtractor;
import io.sentencestreams.schemas.TextExtractor;
import java.util.Map;
import org.apache.kafka.common.header.Headers;

/** Reads text and id out of a raw record, as the configuration says. For one thread. */
public final class TextReader implements AutoCloseable {
  private final TextExtractor texts;
  private final IdExtractor ids;

  TextReader(Map<String, ?> config) {
    this.texts = TextExtractor.from(config);
    this.ids = IdExtractor.from(config);
  }

  /**
   * Reads a record.
   *
   * @throws io.sentencestreams.schemas.InvalidRecordException if it holds no usable text or id
   */
  TextRecord read(Coordinates source, Headers headers, byte[] key, byte[] value) {
    if (value == null) {
      return TextRecord.TOMBSTONE;
    }
    String text = texts.extract(source.topic(), headers, value);
    String id =
        ids.extract(source.topic(), source.partition(), source.offset(), headers, key, value);
    return new TextRecord(value, text, id);
  }

  @Override
  public void close() {
    texts.close();
    ids.close();
  }
}
