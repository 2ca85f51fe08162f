package io.sentencestreams.schemas.internal;

import io.sentencestreams.schemas.EmbeddingRecord;
import io.sentencestreams.schemas.avro.Embedding;
import java.io.IOException;
import java.util.Arrays;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.BinaryEncoder;

/**
 * The Avro body of an embedding, written and read field by field in the order of {@link
 * Embedding}'s schema, so that no value of the vector becomes an object on the way.
 */
public final class EmbeddingBinary {
  private static final int NULL_BRANCH = 0;
  private static final int TEXT_BRANCH = 1;

  private EmbeddingBinary() {}

  /** Writes an embedding; the caller flushes. */
  public static void write(EmbeddingRecord embedding, BinaryEncoder out) throws IOException {
    out.writeString(embedding.id());
    writeVector(embedding.vector(), out);
    out.writeString(embedding.model());
    out.writeString(embedding.modelVersion());
    out.writeInt(embedding.tokens());
    out.writeBoolean(embedding.truncated());
    out.writeString(embedding.topic());
    out.writeInt(embedding.partition());
    out.writeLong(embedding.offset());
    out.writeLong(embedding.eventTimeMillis());
    if (embedding.text() == null) {
      out.writeIndex(NULL_BRANCH);
    } else {
      out.writeIndex(TEXT_BRANCH);
      out.writeString(embedding.text());
    }
  }

  /**
   * Reads an embedding that was written with the current schema.
   *
   * @param available bytes that the decoder can give; a vector that claims more is refused
   */
  public static EmbeddingRecord read(BinaryDecoder in, int available) throws IOException {
    return new EmbeddingRecord(
        in.readString(),
        readVector(in, available),
        in.readString(),
        in.readString(),
        in.readInt(),
        in.readBoolean(),
        in.readString(),
        in.readInt(),
        in.readLong(),
        in.readLong(),
        readText(in));
  }

  private static void writeVector(float[] vector, BinaryEncoder out) throws IOException {
    out.writeArrayStart();
    out.setItemCount(vector.length);
    for (float value : vector) {
      out.startItem();
      out.writeFloat(value);
    }
    out.writeArrayEnd();
  }

  private static float[] readVector(BinaryDecoder in, int available) throws IOException {
    float[] vector = new float[0];
    for (long count = in.readArrayStart(); count != 0; count = in.arrayNext()) {
      int from = vector.length;
      if (count > available / Float.BYTES - from) {
        throw new IOException("a vector of %d values in %d bytes".formatted(count, available));
      }
      vector = Arrays.copyOf(vector, from + (int) count);
      for (int i = from; i < vector.length; i++) {
        vector[i] = in.readFloat();
      }
    }
    return vector;
  }

  private static String readText(BinaryDecoder in) throws IOException {
    int branch = in.readIndex();
    return switch (branch) {
      case NULL_BRANCH -> null;
      case TEXT_BRANCH -> in.readString();
      default -> throw new IOException("branch " + branch + " of a union of two");
    };
  }
}
