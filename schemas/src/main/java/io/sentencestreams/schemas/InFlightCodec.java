package io.sentencestreams.schemas;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;

/**
 * Bytes of the in-flight store and its changelog: one byte of format version, then the Avro binary
 * encoding of {@link io.sentencestreams.schemas.avro.InFlightRecord}. A store outlives the program
 * that wrote it, so bytes of a version that is not understood are refused rather than guessed at.
 */
public final class InFlightCodec {
  /** The version that {@link #encode} writes. */
  public static final byte FORMAT_VERSION = 1;

  private static final int FIXED_BYTES = 64;

  private InFlightCodec() {}

  /** Encodes an entry in the current format. */
  public static byte[] encode(InFlightEntry entry) {
    int size = FIXED_BYTES + length(entry.key()) + length(entry.value());
    ByteArrayOutputStream out = new ByteArrayOutputStream(size);
    out.write(FORMAT_VERSION);
    BinaryEncoder encoder = EncoderFactory.get().directBinaryEncoder(out, null);
    try {
      write(entry, encoder);
      encoder.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e); // the stream is in memory
    }
    return out.toByteArray();
  }

  /**
   * Decodes what {@link #encode} wrote, in this or an earlier version of the program.
   *
   * @throws SerializationException if the bytes are of an unknown format version or damaged
   */
  public static InFlightEntry decode(byte[] bytes) {
    if (bytes.length == 0) {
      throw new SerializationException("An in-flight entry is empty: it lacks its format version");
    }
    if (bytes[0] != FORMAT_VERSION) {
      throw new SerializationException(
          "An in-flight entry has format version %d, and this program understands version %d only. Let the program that wrote it finish what is in flight, or use its version again"
              .formatted(bytes[0], FORMAT_VERSION));
    }
    BinaryDecoder decoder = DecoderFactory.get().binaryDecoder(bytes, 1, bytes.length - 1, null);
    try {
      InFlightEntry entry = read(decoder);
      if (!decoder.isEnd()) {
        throw new SerializationException(
            "An in-flight entry of %d bytes is damaged: bytes follow its end"
                .formatted(bytes.length));
      }
      return entry;
    } catch (IOException
        | AvroRuntimeException
        | IllegalArgumentException
        | UnsupportedOperationException e) { // the last is Avro's for lengths that cannot be
      throw new SerializationException(
          "An in-flight entry of %d bytes is damaged: %s".formatted(bytes.length, e.getMessage()),
          e);
    }
  }

  private static void write(InFlightEntry entry, BinaryEncoder encoder) throws IOException {
    encoder.writeLong(entry.sequence());
    encoder.writeString(entry.topic());
    encoder.writeInt(entry.partition());
    encoder.writeLong(entry.offset());
    encoder.writeLong(entry.timestamp());
    writeNullable(entry.key(), encoder);
    writeNullable(entry.value(), encoder);
    Header[] headers = entry.headers().toArray();
    encoder.writeArrayStart();
    encoder.setItemCount(headers.length);
    for (Header header : headers) {
      encoder.startItem();
      encoder.writeString(header.key());
      writeNullable(header.value(), encoder);
    }
    encoder.writeArrayEnd();
  }

  private static InFlightEntry read(BinaryDecoder decoder) throws IOException {
    return new InFlightEntry(
        decoder.readLong(),
        decoder.readString(),
        decoder.readInt(),
        decoder.readLong(),
        decoder.readLong(),
        readNullable(decoder),
        readNullable(decoder),
        readHeaders(decoder));
  }

  private static Headers readHeaders(BinaryDecoder decoder) throws IOException {
    Headers headers = new RecordHeaders();
    for (long n = decoder.readArrayStart(); n > 0; n = decoder.arrayNext()) {
      for (long i = 0; i < n; i++) {
        String key = decoder.readString();
        headers.add(key, readNullable(decoder));
      }
    }
    return headers;
  }

  private static void writeNullable(byte[] bytes, BinaryEncoder encoder) throws IOException {
    encoder.writeIndex(bytes == null ? 0 : 1);
    if (bytes != null) {
      encoder.writeBytes(bytes);
    }
  }

  private static byte[] readNullable(BinaryDecoder decoder) throws IOException {
    int branch = decoder.readIndex();
    if (branch == 0) {
      return null;
    }
    if (branch != 1) {
      throw new IOException("branch " + branch + " of a union of two");
    }
    ByteBuffer buffer = decoder.readBytes(null);
    byte[] bytes = new byte[buffer.remaining()];
    buffer.get(bytes);
    return bytes;
  }

  private static int length(byte[] bytes) {
    return bytes == null ? 0 : bytes.length;
  }
}
