package io.sentencestreams.model.words;

import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** Numbers of a text file: decimal ones, as floats. */
final class Decimals {
  /** Longs up to here and powers of ten up to 22 are exact as doubles, and so is one division. */
  private static final long EXACT = 1L << 53;

  private static final double[] POWERS = new double[23];

  static {
    double power = 1;
    for (int i = 0; i < POWERS.length; i++) {
      POWERS[i] = power;
      power *= 10;
    }
  }

  private Decimals() {}

  /**
   * The number in a part of an array, rounded to double and then to float as the reference does.
   *
   * @return NaN, or an infinity, if that is what it says or is rounded to
   * @throws NumberFormatException if it is no number
   */
  static float parse(byte[] bytes, int from, int to) {
    int at = from;
    boolean negative = at < to && bytes[at] == '-';
    if (at < to && (negative || bytes[at] == '+')) {
      at++;
    }
    long digits = 0;
    int decimals = -1;
    int first = at;
    for (; at < to && digits < EXACT / 16; at++) {
      byte b = bytes[at];
      if (b >= '0' && b <= '9') {
        digits = 10 * digits + (b - '0');
        decimals += decimals >= 0 ? 1 : 0;
      } else if (b == '.' && decimals < 0) {
        decimals = 0;
      } else {
        break;
      }
    }
    boolean simple = at == to && at > first && bytes[at - 1] != '.' && decimals < POWERS.length;
    if (!simple) {
      return slowly(bytes, from, to);
    }
    double value = digits / POWERS[Math.max(0, decimals)];
    return (float) (negative ? -value : value);
  }

  private static float slowly(byte[] bytes, int from, int to) {
    String text = new String(bytes, from, to - from, StandardCharsets.ISO_8859_1);
    String word = text.replaceFirst("^[+-]", "").toLowerCase(Locale.ROOT);
    if (word.equals("nan")) {
      return Float.NaN;
    }
    if (word.equals("inf") || word.equals("infinity")) {
      return text.startsWith("-") ? Float.NEGATIVE_INFINITY : Float.POSITIVE_INFINITY;
    }
    // Java alone takes a type's letter at the end, and hexadecimals.
    if (!text.matches("[+-]?(\\d+\\.?\\d*|\\.\\d+)([eE][+-]?\\d+)?")) {
      throw new NumberFormatException(text);
    }
    return (float) Double.parseDouble(text);
  }
}
