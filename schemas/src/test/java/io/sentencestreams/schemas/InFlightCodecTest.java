package io.sentencestreams.schemas;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.sentencestreams.schemas.avro.InFlightRecord;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.DecoderFactory;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

class InFlightCodecTest {

  @Test
  void shouldKeepKeyValueTimeAndHeadersInOrderWithDuplicates() {
    InFlightEntry read = InFlightCodec.decode(InFlightCodec.encode(entry(headers())));
    assertThat(read).isEqualTo(entry(headers()));
    assertThat(read.headers().toArray()).containsExactly(headers().toArray());
    assertThat(read.isTombstone()).isFalse();
  }

  @Test
  void shouldTellNullFromEmpty() {
    byte[] empty = new byte[0];
    InFlightEntry tombstone = new InFlightEntry(0, "t", 0, 0, -1, null, null, new RecordHeaders());
    InFlightEntry blank = new InFlightEntry(0, "t", 0, 0, -1, empty, empty, new RecordHeaders());
    assertThat(InFlightCodec.decode(InFlightCodec.encode(tombstone)).isTombstone()).isTrue();
    assertThat(InFlightCodec.decode(InFlightCodec.encode(tombstone))).isEqualTo(tombstone);
    assertThat(InFlightCodec.decode(InFlightCodec.encode(blank))).isEqualTo(blank);
  }

  @RepeatedTest(20)
  void shouldKeepAnyBytes(RepetitionInfo repetition) {
    Random random = new Random(repetition.getCurrentRepetition());
    byte[] value = new byte[random.nextInt(100_000)];
    random.nextBytes(value);
    InFlightEntry entry =
        new InFlightEntry(
            random.nextLong(),
            "topic.with-ünïcode",
            random.nextInt(),
            random.nextLong(),
            random.nextLong(),
            Arrays.copyOf(value, value.length / 3),
            value,
            headers());
    assertThat(InFlightCodec.decode(InFlightCodec.encode(entry))).isEqualTo(entry);
  }

  @Test
  void shouldBeAvroOfThePublishedSchemaBehindTheVersion() throws IOException {
    byte[] bytes = InFlightCodec.encode(entry(headers()));
    assertThat(bytes[0]).isEqualTo((byte) 1);
    GenericRecord read =
        new GenericDatumReader<GenericRecord>(InFlightRecord.getClassSchema())
            .read(null, DecoderFactory.get().binaryDecoder(bytes, 1, bytes.length - 1, null));
    assertThat(read.get("sequence")).isEqualTo(17L);
    assertThat(read.get("topic").toString()).isEqualTo("texts");
    assertThat(read.get("headers").toString()).contains("trace", "\"value\": null");
    assertThat(UTF_8.decode((ByteBuffer) read.get("value")).toString()).isEqualTo("a text");
  }

  @Test
  void shouldNameTheVersionFoundAndTheVersionUnderstood() {
    byte[] bytes = InFlightCodec.encode(entry(headers()));
    bytes[0] = 9;
    assertThatExceptionOfType(SerializationException.class)
        .isThrownBy(() -> InFlightCodec.decode(bytes))
        .withMessageContaining("format version 9")
        .withMessageContaining("understands version 1");
  }

  @Test
  void shouldRefuseEveryTruncation() {
    byte[] whole = InFlightCodec.encode(entry(headers()));
    for (int length = 0; length < whole.length; length++) {
      byte[] part = Arrays.copyOf(whole, length);
      assertThatExceptionOfType(SerializationException.class)
          .isThrownBy(() -> InFlightCodec.decode(part));
    }
    byte[] longer = Arrays.copyOf(whole, whole.length + 1);
    assertThatExceptionOfType(SerializationException.class)
        .isThrownBy(() -> InFlightCodec.decode(longer))
        .withMessageContaining("bytes follow its end");
  }

  private static InFlightEntry entry(Headers headers) {
    return new InFlightEntry(
        17, "texts", 2, 1234, 99, "key".getBytes(UTF_8), "a text".getBytes(UTF_8), headers);
  }

  private static Headers headers() {
    return new RecordHeaders()
        .add("trace", new byte[] {1})
        .add("b", null)
        .add("trace", new byte[0]);
  }
}
