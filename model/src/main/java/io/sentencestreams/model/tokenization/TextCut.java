package io.sentencestreams.model.tokenization;

/** How much of a text is tokenized, and where it may be cut. */
final class TextCut {
  /**
   * Characters of a text that are tokenized at first, for each token that it may have. Real text
   * has under ten; only where so many characters give too few tokens is more of the text read.
   */
  private static final int CHARACTERS_PER_TOKEN = 64;

  /** Bounds the time and the memory that a text can take, whatever is in it. */
  static final int MOST_CHARACTERS = 1 << 20;

  private TextCut() {}

  /** How many characters of a text are tokenized at first. */
  static int firstCharacters(int maxLength) {
    return (int) Math.min((long) maxLength * CHARACTERS_PER_TOKEN, MOST_CHARACTERS);
  }

  /**
   * A text up to a limit, or less so that no word is cut apart: before white space that ends a
   * word, where every kind of tokenizer separates, or else at another sign that is no part of a
   * word.
   */
  static String beginning(String text, int most) {
    if (text.length() <= most) {
      return text;
    }
    for (int i = most; i > most / 2; i--) {
      if (AsciiWordPiece.isSpace(text.charAt(i)) && !AsciiWordPiece.isSpace(text.charAt(i - 1))) {
        return text.substring(0, i);
      }
    }
    for (int i = most; i > most / 2; i--) {
      if (standsAlone(text.charAt(i - 1)) || standsAlone(text.charAt(i))) {
        return text.substring(0, i);
      }
    }
    boolean pair = Character.isSurrogatePair(text.charAt(most - 1), text.charAt(most));
    return text.substring(0, pair ? most - 1 : most);
  }

  /**
   * Whether a character is never part of a longer word: a space, a sign of ASCII, an ideograph. A
   * control character is not one: many tokenizers drop it, and what stood around it is one word.
   */
  private static boolean standsAlone(char c) {
    return c < 128
        ? AsciiWordPiece.isSpace(c) || !(Character.isLetterOrDigit(c) || Character.isISOControl(c))
        : Character.isIdeographic(c);
  }

  static String replaceLoneSurrogates(String text) {
    StringBuilder repaired = null;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (!Character.isSurrogate(c)) {
        continue;
      }
      boolean pair =
          Character.isHighSurrogate(c)
              && i + 1 < text.length()
              && Character.isLowSurrogate(text.charAt(i + 1));
      if (pair) {
        i++;
      } else {
        if (repaired == null) {
          repaired = new StringBuilder(text);
        }
        repaired.setCharAt(i, '\uFFFD');
      }
    }
    return repaired == null ? text : repaired.toString();
  }
}
