package io.sentencestreams.schemas.internal;

import io.sentencestreams.schemas.EmbeddingRecord;
import io.sentencestreams.schemas.avro.Embedding;
import io.sentencestreams.schemas.avro.Source;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.IndexedRecord;
import org.apache.avro.generic.PrimitivesArrays.FloatArray;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.specific.SpecificDatumReader;

/** Between our embedding and Avro's generated class, for serializers that are not ours. */
public final class EmbeddingConversion {
  private EmbeddingConversion() {}

  /** The generated record; its vector is a view of the array, not a copy. */
  public static Embedding toAvro(EmbeddingRecord embedding) {
    return new Embedding(
        embedding.id(),
        new FloatVector(embedding.vector()),
        embedding.model(),
        embedding.modelVersion(),
        embedding.tokens(),
        embedding.truncated(),
        new Source(embedding.topic(), embedding.partition(), embedding.offset()),
        Instant.ofEpochMilli(embedding.eventTimeMillis()),
        embedding.text());
  }

  /**
   * Our embedding from a record of Avro's, generated or generic.
   *
   * @throws IllegalArgumentException if the record is none of an embedding
   */
  public static EmbeddingRecord fromAvro(IndexedRecord record) {
    Embedding embedding = record instanceof Embedding specific ? specific : resolve(record);
    return new EmbeddingRecord(
        embedding.getId(),
        floats(embedding.getVector()),
        embedding.getModel(),
        embedding.getModelVersion(),
        embedding.getTokens(),
        embedding.getTruncated(),
        embedding.getSource().getTopic(),
        embedding.getSource().getPartition(),
        embedding.getSource().getOffset(),
        embedding.getEventTime().toEpochMilli(),
        embedding.getText());
  }

  /** Through bytes, so that Avro's own rules bridge two versions of the schema. */
  private static Embedding resolve(IndexedRecord record) {
    Schema writer = record.getSchema();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(bytes, null);
    try {
      new GenericDatumWriter<IndexedRecord>(writer).write(record, encoder);
      encoder.flush();
      return new SpecificDatumReader<Embedding>(writer, Embedding.getClassSchema())
          .read(null, DecoderFactory.get().binaryDecoder(bytes.toByteArray(), null));
    } catch (AvroRuntimeException | IOException e) {
      throw new IllegalArgumentException(
          "it is a %s that does not resolve to %s: %s"
              .formatted(
                  writer.getFullName(), Embedding.getClassSchema().getFullName(), e.getMessage()),
          e);
    }
  }

  private static float[] floats(List<Float> values) {
    float[] floats = new float[values.size()];
    if (values instanceof FloatArray array) {
      for (int i = 0; i < floats.length; i++) {
        floats[i] = array.getFloat(i);
      }
    } else {
      for (int i = 0; i < floats.length; i++) {
        floats[i] = values.get(i);
      }
    }
    return floats;
  }
}
