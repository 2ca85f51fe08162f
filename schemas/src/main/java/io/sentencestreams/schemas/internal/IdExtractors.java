package io.sentencestreams.schemas.internal;

import io.sentencestreams.schemas.IdExtractor;
import io.sentencestreams.schemas.InvalidRecordException;
import io.sentencestreams.schemas.SerdeConfig;
import org.apache.kafka.common.header.Headers;

/** Where ids come from. */
public final class IdExtractors {
  private IdExtractors() {}

  /** The extractor that {@code id.source} names. */
  public static IdExtractor create(SerdeConfig config) {
    return switch (config.idSource()) {
      case SerdeConfig.ID_COORDINATES -> new FromCoordinates();
      case SerdeConfig.ID_KEY -> new FromKey();
      default -> {
        String path = config.idSource().substring(SerdeConfig.ID_FIELD_PREFIX.length());
        yield new FromField(config, FieldPath.parse(SerdeConfig.ID_SOURCE, path));
      }
    };
  }

  private static final class FromCoordinates implements IdExtractor {
    @Override
    public String extract(
        String topic, int partition, long offset, Headers headers, byte[] key, byte[] value) {
      return topic + '-' + partition + '-' + offset;
    }

    @Override
    public void close() {}
  }

  private static final class FromKey implements IdExtractor {
    @Override
    public String extract(
        String topic, int partition, long offset, Headers headers, byte[] key, byte[] value) {
      if (key == null) {
        throw new InvalidRecordException(
            "the record has no key, and %s=%s makes the id of it"
                .formatted(SerdeConfig.ID_SOURCE, SerdeConfig.ID_KEY));
      }
      try {
        return UsableText.require("the key", Utf8Text.decode(key));
      } catch (InvalidRecordException e) {
        throw new InvalidRecordException("the key makes no id: " + e.getMessage(), e);
      }
    }

    @Override
    public void close() {}
  }

  private static final class FromField implements IdExtractor {
    private final FieldReader reader;
    private final String what;

    FromField(SerdeConfig config, FieldPath path) {
      reader = FieldReader.create(config, path, true);
      what = path.toString();
    }

    @Override
    public String extract(
        String topic, int partition, long offset, Headers headers, byte[] key, byte[] value) {
      return UsableText.require(what, reader.read(topic, headers, value));
    }

    @Override
    public void close() {
      reader.close();
    }
  }
}
