package io.sentencestreams.schemas.internal;

import java.util.Arrays;
import java.util.HexFormat;

/** Bytes as messages show them. */
final class Bytes {
  private static final int SHOWN = 4;
  private static final HexFormat HEX = HexFormat.ofDelimiter(" ").withUpperCase();

  private Bytes() {}

  /** The first bytes in hexadecimal. */
  static String start(byte[] value) {
    return value.length == 0
        ? "nothing (it is empty)"
        : HEX.formatHex(Arrays.copyOf(value, Math.min(SHOWN, value.length)));
  }
}
