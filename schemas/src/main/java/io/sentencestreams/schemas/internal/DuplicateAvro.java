package io.sentencestreams.schemas.internal;

import io.sentencestreams.schemas.DuplicateRecord;
import io.sentencestreams.schemas.avro.Duplicate;
import io.sentencestreams.schemas.avro.DuplicateText;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.generic.IndexedRecord;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serializer;

/**
 * Near-duplicates in Avro: through a serializer of Avro records that is given, or else in Avro's
 * single-object encoding. They are few and small, so generic records will do.
 */
public final class DuplicateAvro {
  private static final Schema SCHEMA = Duplicate.getClassSchema();
  private static final Schema TEXT_SCHEMA = DuplicateText.getClassSchema();

  private DuplicateAvro() {}

  /** Owns and closes the serializer given, which may be null. */
  public static Serializer<DuplicateRecord> serializer(Serializer<Object> registry) {
    return new Writer(registry == null ? new SingleObjectWriter() : registry);
  }

  /** Owns and closes the deserializer given, which may be null. */
  public static Deserializer<DuplicateRecord> deserializer(Deserializer<Object> registry) {
    return new Reader(registry == null ? DuplicateAvro::readSingleObject : registry);
  }

  private record Writer(Serializer<Object> delegate) implements Serializer<DuplicateRecord> {
    @Override
    public byte[] serialize(String topic, DuplicateRecord duplicate) {
      return duplicate == null ? null : delegate.serialize(topic, toAvro(duplicate));
    }

    @Override
    public byte[] serialize(String topic, Headers headers, DuplicateRecord duplicate) {
      return duplicate == null ? null : delegate.serialize(topic, headers, toAvro(duplicate));
    }

    @Override
    public void close() {
      delegate.close();
    }
  }

  private record Reader(Deserializer<Object> delegate) implements Deserializer<DuplicateRecord> {
    @Override
    public DuplicateRecord deserialize(String topic, byte[] bytes) {
      return bytes == null ? null : fromAvro(topic, delegate.deserialize(topic, bytes));
    }

    @Override
    public DuplicateRecord deserialize(String topic, Headers headers, byte[] bytes) {
      return bytes == null ? null : fromAvro(topic, delegate.deserialize(topic, headers, bytes));
    }

    @Override
    public void close() {
      delegate.close();
    }
  }

  private static final class SingleObjectWriter implements Serializer<Object> {
    private static final byte[] HEADER = SingleObject.header(SCHEMA);

    @Override
    public byte[] serialize(String topic, Object record) {
      ByteArrayOutputStream out = new ByteArrayOutputStream(256);
      out.writeBytes(HEADER);
      BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(out, null);
      try {
        new GenericDatumWriter<IndexedRecord>(SCHEMA).write((IndexedRecord) record, encoder);
        encoder.flush();
      } catch (IOException e) {
        throw new UncheckedIOException(e); // the stream is in memory
      }
      return out.toByteArray();
    }
  }

  private static Object readSingleObject(String topic, byte[] bytes) {
    try {
      long writer = SingleObject.fingerprint(bytes);
      long own = SingleObject.fingerprint(SingleObjectWriter.HEADER);
      if (writer != own) {
        throw new IllegalArgumentException(
            "it was written with schema %s, and this version of the program knows %s"
                .formatted(SingleObject.show(writer), SingleObject.show(own)));
      }
      int start = SingleObject.HEADER_BYTES;
      return new GenericDatumReader<GenericRecord>(SCHEMA)
          .read(null, DecoderFactory.get().binaryDecoder(bytes, start, bytes.length - start, null));
    } catch (IOException | AvroRuntimeException | IllegalArgumentException e) {
      throw new SerializationException(
          "A value of %d bytes on topic %s is no near-duplicate in Avro: %s"
              .formatted(bytes.length, topic, e.getMessage()),
          e);
    }
  }

  private static GenericRecord toAvro(DuplicateRecord duplicate) {
    GenericRecord record = new GenericData.Record(SCHEMA);
    record.put("a", toAvro(duplicate.a()));
    record.put("b", toAvro(duplicate.b()));
    record.put("similarity", duplicate.similarity());
    record.put("model_version", duplicate.modelVersion());
    record.put("group", duplicate.group());
    record.put("merged_group", duplicate.mergedGroup());
    return record;
  }

  private static GenericRecord toAvro(DuplicateRecord.Text text) {
    GenericRecord record = new GenericData.Record(TEXT_SCHEMA);
    record.put("id", text.id());
    record.put("topic", text.topic());
    record.put("partition", text.partition());
    record.put("offset", text.offset());
    record.put("event_time", text.eventTimeMillis());
    return record;
  }

  private static DuplicateRecord fromAvro(String topic, Object value) {
    if (!(value instanceof IndexedRecord record)) {
      throw new SerializationException(
          "A value on topic %s is no Avro record but a %s"
              .formatted(topic, value == null ? "null" : value.getClass().getName()));
    }
    Object merged = get(record, "merged_group");
    return new DuplicateRecord(
        text((IndexedRecord) get(record, "a")),
        text((IndexedRecord) get(record, "b")),
        (float) get(record, "similarity"),
        get(record, "model_version").toString(),
        get(record, "group").toString(),
        merged == null ? null : merged.toString());
  }

  private static DuplicateRecord.Text text(IndexedRecord record) {
    Object time = get(record, "event_time");
    return new DuplicateRecord.Text(
        get(record, "id").toString(),
        get(record, "topic").toString(),
        (int) get(record, "partition"),
        (long) get(record, "offset"),
        time instanceof Instant instant ? instant.toEpochMilli() : (long) time);
  }

  private static Object get(IndexedRecord record, String field) {
    Schema.Field found = record.getSchema().getField(field);
    if (found == null) {
      throw new SerializationException(
          "A record of schema %s has no field %s, so it is no near-duplicate"
              .formatted(record.getSchema().getFullName(), field));
    }
    return record.get(found.pos());
  }
}
