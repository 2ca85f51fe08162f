package io.sentencestreams.schemas;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.sentencestreams.schemas.avro.Embedding;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.avro.Schema;
import org.apache.avro.SchemaNormalization;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.generic.GenericRecordBuilder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.message.BinaryMessageDecoder;
import org.apache.avro.message.BinaryMessageEncoder;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.errors.SerializationException;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddingAvroTest {
  private final EmbeddingAvroSerializer serializer = new EmbeddingAvroSerializer();
  private final EmbeddingAvroDeserializer deserializer = new EmbeddingAvroDeserializer();

  @RepeatedTest(50)
  void shouldGiveBackEveryFloatBitForBit(RepetitionInfo repetition) {
    float[] vector = Embeddings.anyFinite(new Random(repetition.getCurrentRepetition()), 1000);
    for (EmbeddingRecord e : List.of(Embeddings.of(vector), Embeddings.withoutText(vector))) {
      EmbeddingRecord read = deserializer.deserialize("e", serializer.serialize("e", e));
      assertThat(read).isEqualTo(e);
      assertThat(bits(read.vector())).isEqualTo(bits(vector));
    }
  }

  @Test
  void shouldWriteTheExactBytesOfTheSpecification() {
    EmbeddingRecord embedding =
        new EmbeddingRecord("k", new float[] {1f, -2f}, "m", "v", 3, true, "t", 4, 5L, 6L, null);
    String fingerprint =
        HexFormat.of()
            .formatHex(
                ByteBuffer.allocate(8)
                    .putLong(
                        Long.reverseBytes(
                            SchemaNormalization.parsingFingerprint64(Embedding.getClassSchema())))
                    .array());
    assertThat(HexFormat.of().formatHex(serializer.serialize("e", embedding)))
        .isEqualTo(
            "c301"
                + fingerprint
                + "026b"
                + "04"
                + "0000803f"
                + "000000c0"
                + "00"
                + "026d"
                + "0276"
                + "06"
                + "01"
                + "0274"
                + "08"
                + "0a"
                + "0c"
                + "00");
  }

  @Test
  void shouldBeReadByAvrosOwnMessageDecoder() throws IOException {
    GenericRecord read = decode(serializer.serialize("e", Embeddings.of(0.25f, -0.5f)));
    assertThat(read.get("vector")).isEqualTo(List.of(0.25f, -0.5f));
    assertThat(((GenericRecord) read.get("source")).get("offset")).isEqualTo(42L);
    assertThat(read.get("event_time")).isEqualTo(1_767_225_600_123L);
    assertThat(read.get("text").toString()).isEqualTo(Embeddings.of(0f).text());
  }

  @Test
  void shouldReadWhatAvrosOwnMessageEncoderWrites() throws IOException {
    GenericRecord record = decode(serializer.serialize("e", Embeddings.of(7f)));
    byte[] bytes =
        array(
            new BinaryMessageEncoder<GenericRecord>(GenericData.get(), record.getSchema())
                .encode(record));
    assertThat(deserializer.deserialize("e", bytes)).isEqualTo(Embeddings.of(7f));
  }

  @Test
  void shouldBeReadByAGenericReaderWithAFieldThatTheWriterLacks() throws IOException {
    Schema reader = with("{\"name\":\"language\",\"type\":\"string\",\"default\":\"und\"}");
    byte[] bytes = serializer.serialize("e", Embeddings.of(1f));
    GenericRecord read =
        new GenericDatumReader<GenericRecord>(Embedding.getClassSchema(), reader)
            .read(null, DecoderFactory.get().binaryDecoder(bytes, 10, bytes.length - 10, null));
    assertThat(read.get("language").toString()).isEqualTo("und");
    assertThat(read.get("tokens")).isEqualTo(9);
  }

  @Test
  void shouldReadAnOlderWriterThatHadNoText() throws IOException {
    Schema older = without("text");
    EmbeddingRecord read =
        new EmbeddingAvroDeserializer(List.of(older)).deserialize("e", writtenWith(older));
    assertThat(read).isEqualTo(Embeddings.withoutText(1.5f, 2.5f));
  }

  @Test
  void shouldReadALaterWriterOnceItsSchemaIsConfigured(@TempDir Path folder) throws IOException {
    Schema later = with("{\"name\":\"language\",\"type\":\"string\",\"default\":\"und\"}");
    byte[] bytes = writtenWith(later);
    assertThatExceptionOfType(SerializationException.class)
        .isThrownBy(() -> deserializer.deserialize("embeddings", bytes))
        .withMessageContaining("%016x", SchemaNormalization.parsingFingerprint64(later))
        .withMessageContaining(SerdeConfig.OUTPUT_AVRO_SCHEMA_FILES);

    Path file = Files.writeString(folder.resolve("later.avsc"), later.toString());
    Map<String, String> config =
        Map.of("output.format", "avro", SerdeConfig.OUTPUT_AVRO_SCHEMA_FILES, file.toString());
    assertThat(EmbeddingSerdes.deserializer(config).deserialize("embeddings", bytes))
        .isEqualTo(Embeddings.withoutText(1.5f, 2.5f));
  }

  @Test
  void shouldNameTheSchemaFileThatCannotBeRead(@TempDir Path folder) throws IOException {
    Path bad = Files.writeString(folder.resolve("bad.avsc"), "{\"type\":");
    for (Path file : List.of(bad, folder.resolve("missing.avsc"))) {
      assertThatExceptionOfType(ConfigException.class)
          .isThrownBy(
              () ->
                  deserializer.configure(
                      Map.of(SerdeConfig.OUTPUT_AVRO_SCHEMA_FILES, file.toString()), false))
          .withMessageContaining(file.toString())
          .withMessageContaining(SerdeConfig.OUTPUT_AVRO_SCHEMA_FILES);
    }
  }

  @Test
  void shouldSayWhatAValueBeginsWithWhenItIsNoSingleObject() {
    assertRefused(
        new byte[] {0, 0, 0, 0, 7, 2, 3, 4, 5, 6, 7}, "00 00 00 00", "schema.registry.url");
    assertRefused("{\"id\":\"k\"}...".getBytes(UTF_8), "7B 22", "JSON");
    assertRefused("Obj\1aaaaaaaaaa".getBytes(UTF_8), "4F 62 6A", "Avro file");
    assertRefused(new byte[0], "empty", "C3 01");
  }

  @Test
  void shouldRefuseEveryTruncation() {
    byte[] whole = serializer.serialize("e", Embeddings.of(1f, 2f, 3f));
    for (int length = 0; length < whole.length; length++) {
      assertRefused(Arrays.copyOf(whole, length), "no embedding in Avro", "");
    }
    assertRefused(Arrays.copyOf(whole, whole.length + 1), "bytes follow its end", "");
  }

  @Test
  void shouldNotAllocateWhatADamagedVectorClaims() {
    byte[] bytes = Arrays.copyOf(serializer.serialize("e", Embeddings.withoutText(1f)), 40);
    byte[] hugeCount = {(byte) 0x80, (byte) 0x80, (byte) 0x80, (byte) 0x80, 0x08};
    System.arraycopy(hugeCount, 0, bytes, 12, hugeCount.length);
    assertRefused(bytes, "a vector of 1073741824 values in 30 bytes", "");
  }

  private void assertRefused(byte[] bytes, String message, String more) {
    assertThatExceptionOfType(SerializationException.class)
        .isThrownBy(() -> deserializer.deserialize("embeddings", bytes))
        .withMessageContaining(message)
        .withMessageContaining(more);
  }

  private static GenericRecord decode(byte[] bytes) throws IOException {
    return new BinaryMessageDecoder<GenericRecord>(GenericData.get(), Embedding.getClassSchema())
        .decode(bytes);
  }

  private static byte[] writtenWith(Schema schema) throws IOException {
    Schema sourceSchema = schema.getField("source").schema();
    GenericRecord source =
        new GenericRecordBuilder(sourceSchema)
            .set("topic", "texts")
            .set("partition", 0)
            .set("offset", Long.MAX_VALUE)
            .build();
    GenericRecord record =
        new GenericRecordBuilder(schema)
            .set("id", "k")
            .set("vector", List.of(1.5f, 2.5f))
            .set("model", "m")
            .set("model_version", "v1")
            .set("tokens", 2)
            .set("truncated", false)
            .set("source", source)
            .set("event_time", -1L)
            .build();
    return array(new BinaryMessageEncoder<GenericRecord>(GenericData.get(), schema).encode(record));
  }

  private static Schema with(String field) {
    String json = Embedding.getClassSchema().toString();
    return new Schema.Parser().parse(json.substring(0, json.length() - 2) + "," + field + "]}");
  }

  private static Schema without(String name) {
    Schema current = Embedding.getClassSchema();
    List<Schema.Field> fields =
        current.getFields().stream()
            .filter(f -> !f.name().equals(name))
            .map(f -> new Schema.Field(f, f.schema()))
            .toList();
    return Schema.createRecord(current.getName(), null, current.getNamespace(), false, fields);
  }

  private static byte[] array(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.remaining()];
    buffer.get(bytes);
    return bytes;
  }

  private static int[] bits(float[] values) {
    int[] bits = new int[values.length];
    for (int i = 0; i < bits.length; i++) {
      bits[i] = Float.floatToRawIntBits(values[i]);
    }
    return bits;
  }
}
