package io.sentencestreams.schemas;

import io.sentencestreams.schemas.avro.Embedding;
import io.sentencestreams.schemas.internal.EmbeddingBinary;
import io.sentencestreams.schemas.internal.SingleObject;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.apache.kafka.common.serialization.Serializer;

/**
 * Embeddings in Avro's single-object encoding: the bytes C3 01, the fingerprint (CRC-64-AVRO,
 * little endian) of the schema {@code Embedding.avsc}, and the Avro body. It needs no registry, and
 * any Avro library reads it. Thread-safe.
 */
public final class EmbeddingAvroSerializer implements Serializer<EmbeddingRecord> {
  private static final byte[] HEADER = SingleObject.header(Embedding.getClassSchema());
  private static final int FIXED_BYTES = 128;

  @Override
  public byte[] serialize(String topic, EmbeddingRecord embedding) {
    if (embedding == null) {
      return null;
    }
    int textLength = embedding.text() == null ? 0 : embedding.text().length();
    int size =
        FIXED_BYTES
            + Float.BYTES * embedding.vector().length
            + embedding.id().length()
            + embedding.modelVersion().length()
            + textLength;
    ByteArrayOutputStream out = new ByteArrayOutputStream(size);
    out.writeBytes(HEADER);
    BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(out, null);
    try {
      EmbeddingBinary.write(embedding, encoder);
      encoder.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e); // the stream is in memory
    }
    return out.toByteArray();
  }
}
