package io.sentencestreams.schemas.internal;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.apache.avro.Schema;
import org.apache.avro.SchemaNormalization;

/**
 * The header of Avro's single-object encoding: C3 01, then the fingerprint of the writer's schema,
 * eight bytes, little endian.
 */
public final class SingleObject {
  /** Bytes before the Avro body. */
  public static final int HEADER_BYTES = 10;

  private static final byte MARKER = (byte) 0xC3;
  private static final byte VERSION = 1;

  private SingleObject() {}

  /** The header of values written with a schema. */
  public static byte[] header(Schema schema) {
    return ByteBuffer.allocate(HEADER_BYTES)
        .order(ByteOrder.LITTLE_ENDIAN)
        .put(MARKER)
        .put(VERSION)
        .putLong(SchemaNormalization.parsingFingerprint64(schema))
        .array();
  }

  /**
   * The fingerprint of the schema that a value was written with.
   *
   * @throws IllegalArgumentException if the value has no such header, saying what it begins with
   */
  public static long fingerprint(byte[] value) {
    if (value.length < HEADER_BYTES || value[0] != MARKER || value[1] != VERSION) {
      throw new IllegalArgumentException(
          "it begins with %s, and Avro's single-object encoding begins with C3 01 and the 8 bytes of a schema fingerprint%s"
              .formatted(Bytes.start(value), hint(value)));
    }
    return ByteBuffer.wrap(value).order(ByteOrder.LITTLE_ENDIAN).getLong(2);
  }

  /** A fingerprint as messages show it. */
  public static String show(long fingerprint) {
    return "%016x".formatted(fingerprint);
  }

  private static String hint(byte[] value) {
    if (value.length > 4 && value[0] == 0) {
      return "; a 0 and a 4-byte id are a schema registry's: set schema.registry.url";
    }
    if (value.length > 0 && value[0] == '{') {
      return "; this looks like JSON";
    }
    if (value.length > 3 && value[0] == 'O' && value[1] == 'b' && value[2] == 'j') {
      return "; this looks like an Avro file, and a record holds one value without a file's header";
    }
    return "";
  }
}
