package io.sentencestreams.schemas.internal;

import io.sentencestreams.schemas.InvalidRecordException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/** Strict UTF-8: nothing is replaced, so that a text in another encoding is noticed. */
final class Utf8Text {
  private static final char BYTE_ORDER_MARK = '\uFEFF';

  private Utf8Text() {}

  /**
   * Decodes bytes; a byte order mark at the start is dropped.
   *
   * @throws InvalidRecordException if the bytes are not UTF-8, saying where
   */
  static String decode(byte[] bytes) {
    CharsetDecoder decoder =
        StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT);
    ByteBuffer in = ByteBuffer.wrap(bytes);
    CharBuffer out = CharBuffer.allocate(bytes.length);
    CoderResult result = decoder.decode(in, out, true);
    if (result.isError()) {
      int position = in.position();
      throw new InvalidRecordException(
          "not UTF-8: byte %d of %d (0x%02X) neither begins nor continues a character"
              .formatted(position + 1, bytes.length, bytes[position]));
    }
    out.flip();
    return out.length() > 0 && out.get(0) == BYTE_ORDER_MARK
        ? out.subSequence(1, out.length()).toString()
        : out.toString();
  }
}
