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
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.IndexedRecord;
import org.apache.avro.generic.PrimitivesArrays.FloatArray;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;

/**
 * Between our embedding and Avro's records, for serializers that are not ours. They are given the
 * generated class; read are generic records, because Avro makes generated ones only of classes that
 * a system property of the process declares trusted.
 */
public final class EmbeddingConversion {
  private static final Schema CURRENT = Embedding.getClassSchema();

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
   * Our embedding from a record of Avro's, generated or generic, of this version or another.
   *
   * @throws IllegalArgumentException if the record is none of an embedding
   */
  public static EmbeddingRecord fromAvro(IndexedRecord record) {
    return record.getSchema().equals(CURRENT) ? convert(record) : convert(resolve(record));
  }

  private static EmbeddingRecord convert(IndexedRecord record) {
    IndexedRecord source = (IndexedRecord) get(record, "source");
    Object text = get(record, "text");
    Object time = get(record, "event_time");
    return new EmbeddingRecord(
        get(record, "id").toString(),
        floats((List<?>) get(record, "vector")),
        get(record, "model").toString(),
        get(record, "model_version").toString(),
        (int) get(record, "tokens"),
        (boolean) get(record, "truncated"),
        get(source, "topic").toString(),
        (int) get(source, "partition"),
        (long) get(source, "offset"),
        time instanceof Instant instant ? instant.toEpochMilli() : (long) time,
        text == null ? null : text.toString());
  }

  private static Object get(IndexedRecord record, String field) {
    return record.get(record.getSchema().getField(field).pos());
  }

  /** Through bytes, so that Avro's own rules bridge two versions of the schema. */
  private static IndexedRecord resolve(IndexedRecord record) {
    Schema writer = record.getSchema();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(bytes, null);
    try {
      new GenericDatumWriter<IndexedRecord>(writer).write(record, encoder);
      encoder.flush();
      return new GenericDatumReader<IndexedRecord>(writer, CURRENT)
          .read(null, DecoderFactory.get().binaryDecoder(bytes.toByteArray(), null));
    } catch (AvroRuntimeException | IOException e) {
      throw new IllegalArgumentException(
          "it is a %s that does not resolve to %s: %s"
              .formatted(writer.getFullName(), CURRENT.getFullName(), e.getMessage()),
          e);
    }
  }

  static float[] floats(List<?> values) {
    float[] floats = new float[values.size()];
    if (values instanceof FloatArray array) {
      for (int i = 0; i < floats.length; i++) {
        floats[i] = array.getFloat(i);
      }
    } else {
      for (int i = 0; i < floats.length; i++) {
        floats[i] = (float) values.get(i);
      }
    }
    return floats;
  }
}
