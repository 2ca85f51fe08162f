package io.sentencestreams.schemas.internal;

import com.fasterxml.jackson.core.io.NumberOutput;
import java.io.IOException;
import java.io.OutputStream;

/**
 * Writes vectors as JSON arrays. Each value is the shortest decimal that reads back as the same
 * float, in the notation of {@link Float#toString(float)}.
 *
 * <p>Jackson makes a string of each value, which took more time than all else that the pipeline did
 * for a record. The values of embeddings, which lie between 1e-4 and 1 as a rule, are written here
 * without: with {@code k} decimals at most {@value #MOST_DECIMALS}, {@code value * 10^k} has no
 * more bits than a double, so it is exact and rounding it gives the nearest decimal with {@code k}
 * digits. The smallest {@code k} whose decimal reads back as the value is taken. What this does not
 * cover goes through Jackson. Compared once with Jackson for every float from 1e-4 to 1. For one
 * thread.
 */
public final class JsonFloats {
  /** A float has 24 bits and 5^12 has 28; together they fit into the 53 of a double. */
  private static final int MOST_DECIMALS = 12;

  private static final double LEAST = 1e-4;
  private static final double LEAST_PLAIN = 1e-3;

  /** As many significant digits suffice for half of all floats. */
  private static final int DIGITS = 8;

  private static final double[] POWERS = new double[MOST_DECIMALS + 1];

  /** The digits of 00 to 99. */
  private static final byte[] PAIRS = new byte[200];

  /** Longer than any float: {@code -1.17549435E-38} and a comma. */
  private static final int MOST_CHARS = 16;

  private static final int MANTISSA = 0x7fffff;

  /** Of a double's bits, those that a float lacks, and what they are half way between two. */
  private static final long LOWER_BITS = 0x1fffffffL;

  private static final long HALF_WAY = 0x10000000L;

  private byte[] chars = new byte[0];
  private int length;

  static {
    POWERS[0] = 1;
    for (int i = 1; i < POWERS.length; i++) {
      POWERS[i] = 10 * POWERS[i - 1];
    }
    for (int i = 0; i < 100; i++) {
      PAIRS[2 * i] = (byte) ('0' + i / 10);
      PAIRS[2 * i + 1] = (byte) ('0' + i % 10);
    }
  }

  /**
   * Writes a vector of finite values, in ASCII, to a stream.
   *
   * @throws IOException if the stream does
   */
  public void write(float[] vector, OutputStream out) throws IOException {
    int most = MOST_CHARS * vector.length + 2;
    if (chars.length < most) {
      chars = new byte[most];
    }
    length = 0;
    chars[length++] = '[';
    for (int i = 0; i < vector.length; i++) {
      if (i > 0) {
        chars[length++] = ',';
      }
      write(vector[i]);
    }
    chars[length++] = ']';
    out.write(chars, 0, length);
  }

  private void write(float value) {
    double absolute = Math.abs(value);
    boolean powerOfTwo = (Float.floatToRawIntBits(value) & MANTISSA) == 0;
    // Below a power of two floats lie closer than above, and the nearest decimal may miss.
    int decimals =
        absolute >= LEAST && absolute < 1 && !powerOfTwo ? decimals((float) absolute) : -1;
    if (decimals < 0) {
      writeByJackson(value);
      return;
    }
    if (value < 0) {
      chars[length++] = '-';
    }
    int digits = (int) Math.rint(absolute * POWERS[decimals]);
    if (absolute >= LEAST_PLAIN) {
      writePlain(digits, decimals);
    } else {
      writeScientific(digits, decimals);
    }
  }

  /** The least number of decimals that tell a value from its neighbours; -1 if too many. */
  private static int decimals(float value) {
    int decimals = DIGITS + leadingZeros(value);
    if (readsBack(value, decimals)) {
      while (decimals > 1 && readsBack(value, decimals - 1)) {
        decimals--;
      }
      return decimals;
    }
    do {
      decimals++;
    } while (decimals <= MOST_DECIMALS && !readsBack(value, decimals));
    return decimals <= MOST_DECIMALS ? decimals : -1;
  }

  private static int leadingZeros(float value) {
    if (value >= 0.1f) {
      return 0;
    }
    if (value >= 0.01f) {
      return 1;
    }
    return value >= 0.001f ? 2 : 3;
  }

  /**
   * Whether the nearest decimal with so many digits reads as the value. The quotient is the double
   * nearest to the decimal; only one half way between two floats leaves open which the decimal is
   * nearer to, and counts as no.
   */
  private static boolean readsBack(float value, int decimals) {
    double power = POWERS[decimals];
    double decimal = Math.rint(value * power) / power;
    return (float) decimal == value
        && (Double.doubleToRawLongBits(decimal) & LOWER_BITS) != HALF_WAY;
  }

  private void writePlain(int digits, int decimals) {
    chars[length] = '0';
    chars[length + 1] = '.';
    length += 2;
    writeDigits(digits, decimals);
  }

  private void writeScientific(int digits, int decimals) {
    int significant = 1;
    int scale = 1;
    while (digits / scale >= 10) {
      scale *= 10;
      significant++;
    }
    chars[length++] = (byte) ('0' + digits / scale);
    chars[length++] = '.';
    if (significant == 1) {
      chars[length++] = '0';
    } else {
      writeDigits(digits % scale, significant - 1);
    }
    chars[length++] = 'E';
    chars[length++] = '-';
    chars[length++] = (byte) ('0' + decimals - significant + 1);
  }

  private void writeDigits(int digits, int count) {
    int rest = digits;
    int end = length + count;
    int i = end;
    while (i - length >= 2) {
      int quotient = rest / 100;
      int pair = 2 * (rest - 100 * quotient);
      chars[--i] = PAIRS[pair + 1];
      chars[--i] = PAIRS[pair];
      rest = quotient;
    }
    if (i > length) {
      chars[length] = (byte) ('0' + rest);
    }
    length = end;
  }

  private void writeByJackson(float value) {
    String text = NumberOutput.toString(value, true);
    for (int i = 0; i < text.length(); i++) {
      chars[length++] = (byte) text.charAt(i);
    }
  }
}
