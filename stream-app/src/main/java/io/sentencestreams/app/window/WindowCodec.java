package io.sentencestreams.app.window;

import io.sentencestreams.app.topology.BinaryForm;
import io.sentencestreams.model.window.FixedPointVector;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.kafka.common.errors.SerializationException;

/** Bytes of what the window keeps and sends, see {@link BinaryForm}. */
final class WindowCodec {
  /** The version that is written. */
  static final byte FORMAT_VERSION = 3;

  private static final BinaryForm FORM = new BinaryForm(FORMAT_VERSION);

  private static final int FIXED_BYTES = 160;

  /** In place of the number of versions: the item's own is the only one. */
  private static final int USUAL = -1;

  private static final int MOST_VERSIONS = 1 << 10;

  private WindowCodec() {}

  /** Writes one thing's fields. */
  interface Body extends BinaryForm.Body {}

  /** Reads one thing's fields. */
  interface Reader<T> extends BinaryForm.Reader<T> {}

  static byte[] encode(int sizeHint, Body body) {
    return FORM.encode(FIXED_BYTES + sizeHint, body);
  }

  /**
   * Reads what {@link #encode} wrote.
   *
   * @param what for the message of an error
   * @throws SerializationException if the bytes are of another version, or damaged
   */
  static <T> T decode(String what, byte[] bytes, Reader<T> reader) {
    return FORM.decode(what, bytes, reader);
  }

  static byte[] encode(WindowMessage message) {
    WindowItem item = message.item();
    WindowMessage.Origin origin = message.origin();
    return encode(
        Short.BYTES * item.vector().length
            + 3 * message.text().length()
            + message.embedding().length,
        encoder -> {
          writePartitions(message.targets(), encoder);
          encoder.writeInt(message.kind().code());
          writePartitions(message.probes(), encoder);
          writeItem(item, encoder);
          writeVector(item.vector(), encoder);
          encoder.writeBoolean(message.older() != null);
          if (message.older() != null) {
            encoder.writeString(message.older().modelVersion());
            writeVector(message.older().vector(), encoder);
          }
          encoder.writeString(message.text());
          encoder.writeBytes(message.embedding());
          encoder.writeBoolean(message.repeat());
          encoder.writeBoolean(origin != null);
          if (origin != null) {
            encoder.writeInt(origin.home());
            encoder.writeLong(origin.clock());
            encoder.writeLong(origin.handle());
          }
        });
  }

  static byte[] encode(Answer answer) {
    return encode(
        0,
        encoder -> {
          writePartitions(new int[] {answer.home()}, encoder);
          encoder.writeInt(WindowMessage.Kind.ANSWER.code());
          encoder.writeInt(answer.from());
          encoder.writeLong(answer.handle());
          writeItem(answer.item(), encoder);
          encoder.writeBoolean(answer.preceded());
        });
  }

  /**
   * Reads a record of the window's topic.
   *
   * @param onMessage takes it if it is a text
   * @param onAnswer takes it if it is an answer
   */
  static void decode(byte[] bytes, Consumer<WindowMessage> onMessage, Consumer<Answer> onAnswer) {
    Object read =
        decode(
            "A record of the window's topic",
            bytes,
            decoder -> {
              int[] targets = readPartitions(decoder);
              WindowMessage.Kind kind = WindowMessage.Kind.of(decoder.readInt());
              return kind == WindowMessage.Kind.ANSWER
                  ? readAnswer(targets, decoder)
                  : readMessage(kind, targets, decoder);
            });
    if (read instanceof Answer answer) {
      onAnswer.accept(answer);
    } else {
      onMessage.accept((WindowMessage) read);
    }
  }

  private static Answer readAnswer(int[] targets, BinaryDecoder decoder) throws IOException {
    if (targets.length != 1) {
      throw new IOException("an answer to " + targets.length + " partitions");
    }
    return new Answer(
        targets[0],
        decoder.readInt(),
        decoder.readLong(),
        readItem(decoder),
        decoder.readBoolean());
  }

  private static WindowMessage readMessage(
      WindowMessage.Kind kind, int[] targets, BinaryDecoder decoder) throws IOException {
    int[] probes = readPartitions(decoder);
    WindowItem item = readItem(decoder);
    WindowItem withVector = item.with(item.modelVersion(), readVector(decoder));
    WindowMessage.Older older =
        decoder.readBoolean()
            ? new WindowMessage.Older(decoder.readString(), readVector(decoder))
            : null;
    return new WindowMessage(
        kind,
        targets,
        probes,
        withVector,
        older,
        decoder.readString(),
        decoder.readBytes(null).array(),
        decoder.readBoolean(),
        decoder.readBoolean()
            ? new WindowMessage.Origin(decoder.readInt(), decoder.readLong(), decoder.readLong())
            : null);
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

  static void writePartitions(int[] partitions, BinaryEncoder encoder) throws IOException {
    encoder.writeInt(partitions.length);
    for (int partition : partitions) {
      encoder.writeInt(partition);
    }
  }

  static int[] readPartitions(BinaryDecoder decoder) throws IOException {
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
    boolean usual = item.compared().equals(List.of(item.modelVersion()));
    if (usual) {
      encoder.writeInt(USUAL);
    } else {
      writeVersions(item.compared(), encoder);
    }
  }

  /** What {@link #writeItem} wrote; the vector is empty. */
  static WindowItem readItem(BinaryDecoder decoder) throws IOException {
    WindowItem item =
        new WindowItem(
            decoder.readString(),
            decoder.readString(),
            decoder.readInt(),
            decoder.readLong(),
            decoder.readLong(),
            decoder.readString(),
            new short[0]);
    int count = decoder.readInt();
    return count == USUAL ? item : item.comparedIn(readVersions(count, decoder));
  }

  static void writeVersions(List<String> versions, BinaryEncoder encoder) throws IOException {
    encoder.writeInt(versions.size());
    for (String version : versions) {
      encoder.writeString(version);
    }
  }

  static List<String> readVersions(BinaryDecoder decoder) throws IOException {
    return readVersions(decoder.readInt(), decoder);
  }

  private static List<String> readVersions(int count, BinaryDecoder decoder) throws IOException {
    if (count < 0 || count > MOST_VERSIONS) {
      throw new IOException(count + " versions");
    }
    List<String> versions = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      versions.add(decoder.readString());
    }
    return List.copyOf(versions);
  }

  static void writeVector(short[] vector, BinaryEncoder encoder) throws IOException {
    encoder.writeBytes(FixedPointVector.toBytes(vector));
  }

  static short[] readVector(BinaryDecoder decoder) throws IOException {
    byte[] bytes = decoder.readBytes(null).array();
    return FixedPointVector.fromBytes(bytes, 0, bytes.length / Short.BYTES);
  }
}
