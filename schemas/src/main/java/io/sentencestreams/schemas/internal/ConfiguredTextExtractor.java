package io.sentencestreams.schemas.internal;

import io.sentencestreams.schemas.SerdeConfig;
import io.sentencestreams.schemas.TextExtractor;
import org.apache.kafka.common.header.Headers;

/** The text at the configured place. */
public final class ConfiguredTextExtractor implements TextExtractor {
  private final FieldReader reader;
  private final String what;

  /** Makes the reader of the configured format, and owns it. */
  public ConfiguredTextExtractor(SerdeConfig config) {
    FieldPath path = FieldPath.parse(SerdeConfig.INPUT_FIELD, config.inputField());
    reader = FieldReader.create(config, path, false);
    what = config.inputFormat().equals(SerdeConfig.FORMAT_TEXT) ? "the text" : path.toString();
  }

  @Override
  public String extract(String topic, Headers headers, byte[] value) {
    return UsableText.require(what, reader.read(topic, headers, value));
  }

  @Override
  public void close() {
    reader.close();
  }
}
