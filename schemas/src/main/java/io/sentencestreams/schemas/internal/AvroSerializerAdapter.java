package io.sentencestreams.schemas.internal;

import io.sentencestreams.schemas.EmbeddingRecord;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.serialization.Serializer;

/** Gives a serializer of Avro records our embeddings as such records. */
public final class AvroSerializerAdapter implements Serializer<EmbeddingRecord> {
  private final Serializer<Object> delegate;

  /** Owns and closes the serializer given. */
  public AvroSerializerAdapter(Serializer<Object> delegate) {
    TrustedClasses.add();
    this.delegate = delegate;
  }

  @Override
  public byte[] serialize(String topic, EmbeddingRecord embedding) {
    return delegate.serialize(topic, toAvro(embedding));
  }

  @Override
  public byte[] serialize(String topic, Headers headers, EmbeddingRecord embedding) {
    return delegate.serialize(topic, headers, toAvro(embedding));
  }

  @Override
  public void close() {
    delegate.close();
  }

  private static Object toAvro(EmbeddingRecord embedding) {
    return embedding == null ? null : EmbeddingConversion.toAvro(embedding);
  }
}
