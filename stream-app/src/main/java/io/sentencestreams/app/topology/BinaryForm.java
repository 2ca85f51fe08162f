package io.sentencestreams.app.topology;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;
import org.apache.kafka.common.errors.SerializationException;

/**
 * Bytes of what internal topics and stores hold: a byte of format version, then Avro's binary
 * encoding, field by field. Topics and stores outlive the program that wrote them, so bytes of
 * another version are refused and not guessed at.
 */
public final class BinaryForm {
  private final byte version;

  /** A form that writes and reads one version. */
  public BinaryForm(byte version) {
    this.version = version;
  }

  /** Writes one thing's fields. */
  public interface Body {
    /** Writes them, in the order in which they are read. */
    void write(BinaryEncoder encoder) throws IOException;
  }

  /** Reads one thing's fields. */
  public interface Reader<T> {
    /** Reads them, in the order in which they were written. */
    T read(BinaryDecoder decoder) throws IOException;
  }

  /**
   * The bytes of one thing.
   *
   * @param sizeHint how many bytes there will be, roughly
   */
  public byte[] encode(int sizeHint, Body body) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(sizeHint);
    out.write(version);
    BinaryEncoder encoder = EncoderFactory.get().directBinaryEncoder(out, null);
    try {
      body.write(encoder);
      encoder.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e); // the stream is in memory
    }
    return out.toByteArray();
  }

  /**
   * Reads what {@link #encode} wrote.
   *
   * @param what for the message of an error
   * @throws SerializationException if the bytes are of another version, or damaged
   */
  public <T> T decode(String what, byte[] bytes, Reader<T> reader) {
    if (bytes.length == 0 || bytes[0] != version) {
      throw new SerializationException(
          "%s has format version %s, and this program understands version %d only; use the version of the program that wrote it, or reset the application"
              .formatted(what, bytes.length == 0 ? "none" : bytes[0], version));
    }
    BinaryDecoder decoder = DecoderFactory.get().binaryDecoder(bytes, 1, bytes.length - 1, null);
    try {
      T value = reader.read(decoder);
      if (!decoder.isEnd()) {
        throw new IOException("bytes follow its end");
      }
      return value;
    } catch (IOException
        | AvroRuntimeException
        | IllegalArgumentException
        | UnsupportedOperationException e) { // the last is Avro's for lengths that cannot be
      throw new SerializationException(
          "%s of %d bytes is damaged: %s".formatted(what, bytes.length, e.getMessage()), e);
    }
  }
}
