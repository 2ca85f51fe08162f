package io.sentencestreams.model.tokenization;

import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * The sets of characters that Moses' rules speak of, as sacremoses has them: those of Unicode 6, of
 * its first plane, and of East Asia the phonetic letters only. Each is also the inside of a class
 * of a regular expression.
 */
final class MosesCharacters {
  /** Viramas and nuktas, which belong to the letters of Indic words. */
  private static final String INDIC =
      "\u093C\u094D\u09BC\u09CD\u0A3C\u0A4D\u0ABC\u0ACD\u0AFD-\u0AFF\u0B3C\u0B4D\u0BCD\u0C4D\u0CBC"
          + "\u0CCD\u0D3B\u0D3C\u0D4D\u0DCA\u0EBA\u1039\u1714\u1BAB\u1C37\uA8C4\uA953\uAAF6"
          + "\\x{10A3F}\\x{11046}\\x{110B9}\\x{110BA}\\x{11133}\\x{11173}\\x{111C0}\\x{111CA}"
          + "\\x{11235}\\x{11236}\\x{112E9}\\x{112EA}\\x{1133C}\\x{1134D}\\x{11442}\\x{11446}"
          + "\\x{114C2}\\x{114C3}\\x{115BF}\\x{115C0}\\x{1163F}\\x{116B6}\\x{116B7}\\x{11839}"
          + "\\x{1183A}\\x{119E0}\\x{11A34}\\x{11C3F}\\x{11D42}\\x{11D45}\\x{11D97}\\x{1E94A}";

  /** Characters that have become letters since. */
  private static final String LATER =
      "\u0560\u0588\u05EF\u0860-\u086A\u08B3-\u08C7\u08D4-\u08DF\u08E3\u09FC\u0AF9-\u0AFC\u0C5A"
          + "\u0C80\u0D00\u0D04\u0D54-\u0D56\u0D5F\u0D81\u0E86\u0E89\u0E8C\u0E8E-\u0E93\u0E98"
          + "\u0EA0\u0EA8\u0EA9\u0EAC\u1063\u1064\u1069-\u106D\u1087-\u108D\u108F\u109A\u109B"
          + "\u13F5\u13F8-\u13FD\u1878\u1ABF\u1AC0\u1C36\u1C80-\u1C88\u1C90-\u1CBA\u1CBD-\u1CBF"
          + "\u1CFA\u312E\u312F\u31BB-\u31BF\uA69E\uA78F\uA7AE\uA7AF\uA7B2-\uA7CA\uA7F5\uA7F6"
          + "\uA802\uA80B\uA8C5\uA8FD-\uA8FF\uA9E5\uAA7B-\uAA7D\uAB60-\uAB63\uAB66-\uAB69"
          + "\uAB70-\uABBF";

  private static final String NO_LETTERS = "\\p{IsHan}\uAC00-\uD7A3\\x{10000}-\\x{10FFFF}" + LATER;

  /** Letters, and what belongs to them; those of ASCII first, so that they are found soon. */
  static final CharacterClass ALPHA =
      new CharacterClass(
          "a-zA-Z[\\p{IsAlphabetic}&&[^" + NO_LETTERS + "]][\u135F\u25CC" + INDIC + "]");

  /** Letters and decimal digits. */
  static final CharacterClass ALNUM =
      new CharacterClass("0-9" + ALPHA.inside() + "[\\p{Nd}&&[\\x{0}-\\x{FFFF}]]");

  /** Numbers of all kinds, such as a half or a Roman ten. */
  static final CharacterClass NUMBER =
      new CharacterClass("[\\p{N}&&[^\\p{IsHan}\u0D58-\u0D5E\u0D76-\u0D78\\x{10000}-\\x{10FFFF}]]");

  /** Small letters. */
  static final CharacterClass LOWER =
      new CharacterClass(
          "[\\p{IsLowercase}&&[^\u0560\u0588\u10D0-\u10FA\u10FD-\u10FF\uA7AF\uA7B9-\uA7CA\uA7F6"
              + "\uAB66-\uAB68\\x{16E60}-\\x{16E7F}]][\u25CC]");

  private MosesCharacters() {}

  /** A set of characters. */
  static final class CharacterClass {
    private final String inside;
    private final Predicate<String> one;

    private CharacterClass(String union) {
      this.inside = "[" + union + "]";
      this.one = Pattern.compile(inside).asMatchPredicate();
    }

    /** What stands between the brackets of a regular expression's class. */
    String inside() {
      return inside;
    }

    boolean has(int codePoint) {
      return one.test(Character.toString(codePoint));
    }
  }
}
