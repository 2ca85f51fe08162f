package io.sentencestreams.schemas.internal;

import io.sentencestreams.schemas.InvalidRecordException;
import io.sentencestreams.schemas.SerdeConfig;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.Schema;
import org.apache.avro.SchemaNormalization;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.kafka.common.header.Headers;

/** Avro values in single-object encoding, whose writers' schemas are known from files. */
final class SingleObjectAvroReader implements FieldReader {
  private final Map<Long, GenericDatumReader<Object>> readers = new HashMap<>();
  private final AvroField field;

  SingleObjectAvroReader(List<Schema> writers, AvroField field) {
    this.field = field;
    for (Schema writer : writers) {
      readers.put(
          SchemaNormalization.parsingFingerprint64(writer), new GenericDatumReader<>(writer));
    }
  }

  @Override
  public String read(String topic, Headers headers, byte[] value) {
    return field.in(decode(value));
  }

  private Object decode(byte[] value) {
    GenericDatumReader<Object> reader = reader(value);
    int length = value.length - SingleObject.HEADER_BYTES;
    BinaryDecoder in =
        DecoderFactory.get().binaryDecoder(value, SingleObject.HEADER_BYTES, length, null);
    try {
      Object decoded = reader.read(null, in);
      if (!in.isEnd()) {
        throw new IOException("bytes follow its end");
      }
      return decoded;
    } catch (IOException | AvroRuntimeException | UnsupportedOperationException e) {
      throw new InvalidRecordException(
          "the value of %d bytes is no %s, the schema it names: %s"
              .formatted(value.length, reader.getSchema().getFullName(), e.getMessage()),
          e);
    }
  }

  private GenericDatumReader<Object> reader(byte[] value) {
    long fingerprint;
    try {
      fingerprint = SingleObject.fingerprint(value);
    } catch (IllegalArgumentException e) {
      throw new InvalidRecordException("not an Avro value: " + e.getMessage(), e);
    }
    GenericDatumReader<Object> reader = readers.get(fingerprint);
    if (reader == null) {
      throw new InvalidRecordException(
          "the Avro value was written with schema %s, and %s holds %s"
              .formatted(
                  SingleObject.show(fingerprint),
                  SerdeConfig.INPUT_AVRO_SCHEMA_FILES,
                  readers.entrySet().stream()
                      .map(
                          e ->
                              SingleObject.show(e.getKey())
                                  + " ("
                                  + e.getValue().getSchema().getFullName()
                                  + ")")
                      .sorted()
                      .collect(Collectors.joining(", "))));
    }
    return reader;
  }
}
