package io.sentencestreams.app.window;

import io.sentencestreams.app.topology.BinaryForm;
import io.sentencestreams.model.window.FixedPointVector;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.kafka.common.errors.SerializationException;

/** Bytes of what the window keeps and sends, see {@link BinaryForm}. */
final class WindowCodec {
  /** The version that is written. */
  static final byte FORMAT_VERSION = BinaryForm.VERSION;

  private static final int FIXED_BYTES = 160;

  private WindowCodec() {}

  /** Writes one thing's fields. */
  interface Body extends BinaryForm.Body {}

  /** Reads one thing's fields. */
  interface Reader<T> extends BinaryForm.Reader<T> {}

  static byte[] encode(int sizeHint, Body body) {
    return BinaryForm.encode(FIXED_BYTES + sizeHint, body);
  }

  /**
   * Reads what {@link #encode} wrote.
   *
   * @param what for the message of an error
   * @throws SerializationException if the bytes are of another version, or damaged
   */
  static <T> T decode(String what, byte[] bytes, Reader<T> reader) {
    return BinaryForm.decode(what, bytes, reader);
  }

  static byte[] encode(WindowMessage message) {
    WindowItem item = message.item();
    return encode(
        Short.BYTES * item.vector().length + 3 * message.text().length(),
        encoder -> {
          writePartitions(message.targets(), encoder);
          writePartitions(message.probes(), encoder);
          encoder.writeInt(message.kind().code());
          writeItem(item, encoder);
          writeVector(item.vector(), encoder);
          encoder.writeString(message.text());
        });
  }

  static WindowMessage decodeMessage(byte[] bytes) {
    return decode(
        "A record of the window's topic",
        bytes,
        decoder -> {
          int[] targets = readPartitions(decoder);
          int[] probes = readPartitions(decoder);
          WindowMessage.Kind kind = WindowMessage.Kind.of(decoder.readInt());
          WindowItem item = readItem(decoder);
          short[] vector = readVector(decoder);
          return new WindowMessage(kind, targets, probes, with(item, vector), decoder.readString());
        });
  }

  /** The partitions that a message goes to; the rest of it is not read. */
  static int[] targets(byte[] message) {
    BinaryDecoder decoder =
        DecoderFactory.get().binaryDecoder(message, 1, message.length - 1, null);
    try {
      return readPartitions(decoder);
    } catch (IOException e) {
      throw new UncheckedIOException(e); // this process wrote it a moment ago
    }
  }

  private static void writePartitions(int[] partitions, BinaryEncoder encoder) throws IOException {
    encoder.writeInt(partitions.length);
    for (int partition : partitions) {
      encoder.writeInt(partition);
    }
  }

  private static int[] readPartitions(BinaryDecoder decoder) throws IOException {
    int count = decoder.readInt();
    if (count < 0 || count > 1 << 16) {
      throw new IOException(count + " partitions");
    }
    int[] targets = new int[count];
    for (int i = 0; i < count; i++) {
      targets[i] = decoder.readInt();
    }
    return targets;
  }

  /** All but the vector. */
  static void writeItem(WindowItem item, BinaryEncoder encoder) throws IOException {
    encoder.writeString(item.id());
    encoder.writeString(item.topic());
    encoder.writeInt(item.partition());
    encoder.writeLong(item.offset());
    encoder.writeLong(item.time());
    encoder.writeString(item.modelVersion());
  }

  /** What {@link #writeItem} wrote; the vector is empty. */
  static WindowItem readItem(BinaryDecoder decoder) throws IOException {
    return new WindowItem(
        decoder.readString(),
        decoder.readString(),
        decoder.readInt(),
        decoder.readLong(),
        decoder.readLong(),
        decoder.readString(),
        new short[0]);
  }

  static WindowItem with(WindowItem item, short[] vector) {
    return new WindowItem(
        item.id(),
        item.topic(),
        item.partition(),
        item.offset(),
        item.time(),
        item.modelVersion(),
        vector);
  }

  static void writeVector(short[] vector, BinaryEncoder encoder) throws IOException {
    encoder.writeBytes(FixedPointVector.toBytes(vector));
  }

  static short[] readVector(BinaryDecoder decoder) throws IOException {
    byte[] bytes = decoder.readBytes(null).array();
    return FixedPointVector.fromBytes(bytes, 0, bytes.length / Short.BYTES);
  }
}
