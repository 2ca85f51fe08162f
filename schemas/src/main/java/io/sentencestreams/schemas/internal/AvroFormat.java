package io.sentencestreams.schemas.internal;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.function.Function;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.Schema;
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
 * Records of one kind in Avro: through a serializer of Avro records that is given, or else in
 * Avro's single-object encoding. Embeddings have a faster form of their own.
 */
public final class AvroFormat<T> {
  private final String what;
  private final Schema schema;
  private final byte[] header;
  private final Function<T, IndexedRecord> toAvro;
  private final Function<IndexedRecord, T> fromAvro;

  /**
   * A kind of record.
   *
   * @param what a record is, with its article, for messages
   */
  AvroFormat(
      String what,
      Schema schema,
      Function<T, IndexedRecord> toAvro,
      Function<IndexedRecord, T> fromAvro) {
    this.what = what;
    this.schema = schema;
    this.header = SingleObject.header(schema);
    this.toAvro = toAvro;
    this.fromAvro = fromAvro;
  }

  /** Owns and closes the serializer given, which may be null. */
  public Serializer<T> serializer(Serializer<Object> registry) {
    TrustedClasses.add();
    return new Writer(registry == null ? (topic, record) -> writeSingleObject(record) : registry);
  }

  /** Owns and closes the deserializer given, which may be null. */
  public Deserializer<T> deserializer(Deserializer<Object> registry) {
    return new Reader(registry == null ? this::readSingleObject : registry);
  }

  /** Whether a value in single-object encoding is of this kind. */
  public boolean isOf(byte[] value) {
    return value.length >= header.length
        && SingleObject.fingerprint(value) == SingleObject.fingerprint(header);
  }

  /** Whether a record is of this kind, by the name of its schema. */
  public boolean isOf(IndexedRecord record) {
    return record.getSchema().getFullName().equals(schema.getFullName());
  }

  /**
   * What a record of Avro's says.
   *
   * @throws IllegalArgumentException if it is not of this kind
   */
  public T fromRecord(IndexedRecord record) {
    return fromAvro.apply(record);
  }

  private final class Writer implements Serializer<T> {
    private final Serializer<Object> delegate;

    Writer(Serializer<Object> delegate) {
      this.delegate = delegate;
    }

    @Override
    public byte[] serialize(String topic, T value) {
      return value == null ? null : delegate.serialize(topic, toAvro.apply(value));
    }

    @Override
    public byte[] serialize(String topic, Headers headers, T value) {
      return value == null ? null : delegate.serialize(topic, headers, toAvro.apply(value));
    }

    @Override
    public void close() {
      delegate.close();
    }
  }

  private final class Reader implements Deserializer<T> {
    private final Deserializer<Object> delegate;

    Reader(Deserializer<Object> delegate) {
      this.delegate = delegate;
    }

    @Override
    public T deserialize(String topic, byte[] bytes) {
      return bytes == null ? null : convert(topic, delegate.deserialize(topic, bytes));
    }

    @Override
    public T deserialize(String topic, Headers headers, byte[] bytes) {
      return bytes == null ? null : convert(topic, delegate.deserialize(topic, headers, bytes));
    }

    @Override
    public void close() {
      delegate.close();
    }
  }

  private byte[] writeSingleObject(Object record) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(256);
    out.writeBytes(header);
    BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(out, null);
    try {
      new GenericDatumWriter<IndexedRecord>(schema).write((IndexedRecord) record, encoder);
      encoder.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e); // the stream is in memory
    }
    return out.toByteArray();
  }

  private Object readSingleObject(String topic, byte[] bytes) {
    try {
      long writer = SingleObject.fingerprint(bytes);
      long own = SingleObject.fingerprint(header);
      if (writer != own) {
        throw new IllegalArgumentException(
            "it was written with schema %s, and this version of the program knows %s"
                .formatted(SingleObject.show(writer), SingleObject.show(own)));
      }
      int start = SingleObject.HEADER_BYTES;
      return new GenericDatumReader<GenericRecord>(schema)
          .read(null, DecoderFactory.get().binaryDecoder(bytes, start, bytes.length - start, null));
    } catch (IOException | AvroRuntimeException | IllegalArgumentException e) {
      throw new SerializationException(
          "A value of %d bytes on topic %s is not %s in Avro: %s"
              .formatted(bytes.length, topic, what, e.getMessage()),
          e);
    }
  }

  private T convert(String topic, Object value) {
    if (!(value instanceof IndexedRecord record)) {
      throw new SerializationException(
          "A value on topic %s is no Avro record but a %s"
              .formatted(topic, value == null ? "null" : value.getClass().getName()));
    }
    try {
      return fromAvro.apply(record);
    } catch (IllegalArgumentException e) {
      throw new SerializationException(
          "A value on topic %s is not %s: %s".formatted(topic, what, e.getMessage()), e);
    }
  }

  /**
   * A field of a record, which may be of another version of its schema.
   *
   * @throws IllegalArgumentException if it has no such field
   */
  static Object get(IndexedRecord record, String field) {
    Schema.Field found = record.getSchema().getField(field);
    if (found == null) {
      throw new IllegalArgumentException(
          "a record of schema %s has no field %s"
              .formatted(record.getSchema().getFullName(), field));
    }
    return record.get(found.pos());
  }

  static String text(IndexedRecord record, String field) {
    return get(record, field).toString();
  }

  /** Text, or null where there is none. */
  static String textOrNull(IndexedRecord record, String field) {
    Object value = get(record, field);
    return value == null ? null : value.toString();
  }

  /** Milliseconds since the epoch. */
  static long millis(IndexedRecord record, String field) {
    Object time = get(record, field);
    return time instanceof Instant instant ? instant.toEpochMilli() : (long) time;
  }
}
