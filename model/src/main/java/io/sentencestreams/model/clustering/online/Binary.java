package io.sentencestreams.model.clustering.online;

import java.io.DataInputStream;
import java.io.DataOutput;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Pieces of the binary forms. */
final class Binary {
  private Binary() {}

  static void expectVersion(int found, int version, String what) {
    if (found != version) {
      throw new IllegalArgumentException(
          "the %s is stored in format %d; this program reads format %d"
              .formatted(what, found, version));
    }
  }

  static void expectEnd(DataInputStream in, String what) throws IOException {
    if (in.available() > 0) {
      throw new IllegalArgumentException(
          "the %s has %d bytes too many".formatted(what, in.available()));
    }
  }

  /** A size that cannot be larger than what is left to read. */
  static int readSize(DataInputStream in) throws IOException {
    int size = in.readInt();
    if (size < 0 || size > in.available()) {
      throw new EOFException("a size of " + size + " with " + in.available() + " bytes left");
    }
    return size;
  }

  static void writeFloats(DataOutput out, float[] values) throws IOException {
    out.writeInt(values.length);
    for (float value : values) {
      out.writeFloat(value);
    }
  }

  static float[] readFloats(DataInputStream in) throws IOException {
    float[] values = new float[readSize(in)];
    for (int i = 0; i < values.length; i++) {
      values[i] = in.readFloat();
    }
    return values;
  }

  /** Length and UTF-8; {@code writeUTF} ends at 65,535 bytes. */
  static void writeText(DataOutput out, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    out.writeInt(bytes.length);
    out.write(bytes);
  }

  static String readText(DataInputStream in) throws IOException {
    byte[] bytes = new byte[readSize(in)];
    in.readFully(bytes);
    return new String(bytes, StandardCharsets.UTF_8);
  }

  static void writeRepresentatives(DataOutputStream out, List<Representative> representatives)
      throws IOException {
    out.writeInt(representatives.size());
    for (Representative representative : representatives) {
      writeText(out, representative.id());
      writeText(out, representative.text());
      out.writeFloat(representative.similarity());
      out.writeLong(representative.time());
    }
  }

  static List<Representative> readRepresentatives(DataInputStream in) throws IOException {
    List<Representative> representatives = new ArrayList<>();
    for (int left = readSize(in); left > 0; left--) {
      representatives.add(
          new Representative(readText(in), readText(in), in.readFloat(), in.readLong()));
    }
    return representatives;
  }
}
