package io.sentencestreams.schemas.internal;

import io.sentencestreams.schemas.EmbeddingRecord;
import org.apache.avro.generic.IndexedRecord;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.serialization.Deserializer;

/** Makes our embeddings of the Avro records that another deserializer reads. */
public final class AvroDeserializerAdapter implements Deserializer<EmbeddingRecord> {
  private final Deserializer<Object> delegate;

  /** Owns and closes the deserializer given. */
  public AvroDeserializerAdapter(Deserializer<Object> delegate) {
    this.delegate = delegate;
  }

  @Override
  public EmbeddingRecord deserialize(String topic, byte[] bytes) {
    return fromAvro(topic, delegate.deserialize(topic, bytes));
  }

  @Override
  public EmbeddingRecord deserialize(String topic, Headers headers, byte[] bytes) {
    return fromAvro(topic, delegate.deserialize(topic, headers, bytes));
  }

  @Override
  public void close() {
    delegate.close();
  }

  private EmbeddingRecord fromAvro(String topic, Object value) {
    if (value == null) {
      return null;
    }
    if (!(value instanceof IndexedRecord record)) {
      throw new SerializationException(
          "%s made a %s of a value on topic %s where an Avro record is expected"
              .formatted(delegate.getClass().getName(), value.getClass().getName(), topic));
    }
    try {
      return EmbeddingConversion.fromAvro(record);
    } catch (IllegalArgumentException e) {
      throw new SerializationException(
          "A value on topic %s is no embedding: %s".formatted(topic, e.getMessage()), e);
    }
  }
}
