package io.sentencestreams.schemas;

import io.sentencestreams.schemas.avro.Embedding;
import io.sentencestreams.schemas.internal.EmbeddingBinary;
import io.sentencestreams.schemas.internal.EmbeddingConversion;
import io.sentencestreams.schemas.internal.SchemaFiles;
import io.sentencestreams.schemas.internal.SingleObject;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.Schema;
import org.apache.avro.SchemaNormalization;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.DatumReader;
import org.apache.avro.io.DecoderFactory;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.serialization.Deserializer;

/**
 * Reads what {@link EmbeddingAvroSerializer} wrote, and what versions of this program with another
 * schema wrote, once it is given their schemas. Thread-safe after {@link #configure}.
 */
public final class EmbeddingAvroDeserializer implements Deserializer<EmbeddingRecord> {
  private static final Schema CURRENT = Embedding.getClassSchema();
  private static final long CURRENT_FINGERPRINT = SchemaNormalization.parsingFingerprint64(CURRENT);

  private final Map<Long, DatumReader<GenericRecord>> otherReaders = new HashMap<>();

  /** Reads the current schema, and those that {@code output.avro.schema.files} names. */
  public EmbeddingAvroDeserializer() {
    this(List.of());
  }

  /** Reads the current schema and others. */
  public EmbeddingAvroDeserializer(Iterable<Schema> otherWriters) {
    otherWriters.forEach(this::add);
  }

  @Override
  public void configure(Map<String, ?> config, boolean isKey) {
    List<String> files = new SerdeConfig(config).outputSchemaFiles();
    SchemaFiles.read(SerdeConfig.OUTPUT_AVRO_SCHEMA_FILES, files).forEach(this::add);
  }

  private void add(Schema writer) {
    otherReaders.put(
        SchemaNormalization.parsingFingerprint64(writer),
        new GenericDatumReader<>(writer, CURRENT));
  }

  @Override
  public EmbeddingRecord deserialize(String topic, byte[] bytes) {
    if (bytes == null) {
      return null;
    }
    try {
      long fingerprint = SingleObject.fingerprint(bytes);
      int length = bytes.length - SingleObject.HEADER_BYTES;
      BinaryDecoder in =
          DecoderFactory.get().binaryDecoder(bytes, SingleObject.HEADER_BYTES, length, null);
      EmbeddingRecord embedding =
          fingerprint == CURRENT_FINGERPRINT
              ? EmbeddingBinary.read(in, length)
              : EmbeddingConversion.fromAvro(reader(fingerprint).read(null, in));
      if (!in.isEnd()) {
        throw new IOException("bytes follow its end");
      }
      return embedding;
    } catch (IOException
        | AvroRuntimeException
        | IllegalArgumentException
        | UnsupportedOperationException e) {
      throw new SerializationException(
          "A value of %d bytes on topic %s is no embedding in Avro: %s"
              .formatted(bytes.length, topic, e.getMessage()),
          e);
    }
  }

  private DatumReader<GenericRecord> reader(long fingerprint) {
    DatumReader<GenericRecord> reader = otherReaders.get(fingerprint);
    if (reader == null) {
      throw new IllegalArgumentException(
          "it was written with schema %s, and known are %s (current)%s; give the schema of its writer in %s"
              .formatted(
                  SingleObject.show(fingerprint),
                  SingleObject.show(CURRENT_FINGERPRINT),
                  otherReaders.keySet().stream()
                      .map(f -> ", " + SingleObject.show(f))
                      .collect(Collectors.joining()),
                  SerdeConfig.OUTPUT_AVRO_SCHEMA_FILES));
    }
    return reader;
  }
}
