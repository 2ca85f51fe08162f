package io.sentencestreams.schemas.internal;

import io.sentencestreams.schemas.InvalidRecordException;

/** What a string must be to be embedded, or to be an id. */
public final class UsableText {
  private UsableText() {}

  /** What stands for a character that could not be read. */
  private static final int REPLACEMENT = 0xfffd;

  /**
   * Returns the string given.
   *
   * @param what the string as a message names it
   * @throws InvalidRecordException if it holds nothing that can be seen or has a lone surrogate
   */
  public static String require(String what, String text) {
    if (text.isBlank()) {
      throw new InvalidRecordException(
          text.isEmpty() ? what + " is empty" : what + " holds nothing but white space");
    }
    if (text.codePoints().noneMatch(UsableText::isVisible)) {
      throw new InvalidRecordException(
          what + " holds nothing but white space and control characters");
    }
    int lone = loneSurrogate(text);
    if (lone >= 0) {
      throw new InvalidRecordException(
          "%s has half of a surrogate pair (\\u%04X) at character %d, which is no character in any encoding"
              .formatted(what, (int) text.charAt(lone), lone + 1));
    }
    return text;
  }

  /**
   * Tokenizers drop what is not visible: of such characters alone no token would be left.
   * Characters that Java does not know may be new ones that a tokenizer knows.
   */
  private static boolean isVisible(int character) {
    boolean noCharacter =
        (character & 0xfffe) == 0xfffe || (character >= 0xfdd0 && character <= 0xfdef);
    if (noCharacter || character == REPLACEMENT) {
      return false;
    }
    return switch (Character.getType(character)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.PRIVATE_USE,
          Character.SPACE_SEPARATOR,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          false;
      default -> true;
    };
  }

  private static int loneSurrogate(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (Character.isSurrogate(c)) {
        boolean pair =
            Character.isHighSurrogate(c)
                && i + 1 < text.length()
                && Character.isLowSurrogate(text.charAt(i + 1));
        if (!pair) {
          return i;
        }
        i++;
      }
    }
    return -1;
  }
}
