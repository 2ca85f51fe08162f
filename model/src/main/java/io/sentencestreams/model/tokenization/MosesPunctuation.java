package io.sentencestreams.model.tokenization;

import java.util.ArrayList;
import java.util.List;

/**
 * Signs as Moses writes them: quotation marks, dashes and signs of East Asia become those of ASCII,
 * spaces around them are set right, characters that cannot be printed go. The order of the steps is
 * the reference's, for one sees what another has made.
 */
final class MosesPunctuation {
  /** White space as Python has it. */
  static final String SPACE = "[\\s\\x1C-\\x1F\\x85\\p{Z}]";

  private static final String NO_BREAK = "\u00A0";

  private static final String WIDE =
      "\uFF0C\u3001\u201D\u201C\u2236\uFF1A\uFF1F\u300A\u300B\uFF09\uFF01\uFF08\uFF1B\u300D\u300C"
          + "\uFF10\uFF11\uFF12\uFF13\uFF14\uFF15\uFF16\uFF17\uFF18\uFF19\uFF5E\u2019\u2501\u3008"
          + "\u3009\u3010\u3011\uFF05";
  private static final String NARROW = ",,\"\"::?\"\")!(;\"\"0123456789~'-<>[]%";

  private static final List<Substitution> STOPS =
      List.of(
          Substitution.matching("\u3002" + SPACE + "*", ". "),
          Substitution.matching("\uFF0E" + SPACE + "*", ". "),
          Substitution.of("\u2026", "..."));

  private final Substitution steps;

  MosesPunctuation(MosesLanguage language) {
    List<Substitution> list = new ArrayList<>(STOPS);
    list.add(MosesPunctuation::narrow);
    list.addAll(brackets());
    list.addAll(quotationMarks());
    list.addAll(spacesWithoutBreak());
    list.addAll(behindQuotations(language));
    list.add(
        Substitution.matching(
            "(\\p{Nd})" + NO_BREAK + "(\\p{Nd})",
            language == MosesLanguage.FRENCH ? "$1,$2" : "$1.$2"));
    this.steps = Substitution.all(list);
  }

  String normalize(String text) {
    return withoutControls(steps.apply(text));
  }

  private static List<Substitution> brackets() {
    return List.of(
        Substitution.of("\r", ""),
        Substitution.of("(", " ("),
        Substitution.of(")", ") "),
        Substitution.matching(" +", " "),
        Substitution.matching("\\) ([.!:?;,])", ")$1"),
        Substitution.of("( ", "("),
        Substitution.of(" )", ")"),
        Substitution.matching("(\\p{Nd}) %", "$1%"),
        Substitution.of(" :", ":"),
        Substitution.of(" ;", ";"));
  }

  private static List<Substitution> quotationMarks() {
    return List.of(
        Substitution.of("`", "'"),
        Substitution.of("''", " \" "),
        Substitution.of("\u201E", "\""),
        Substitution.of("\u2013", "-"),
        Substitution.of("\u2014", " - "),
        Substitution.matching(" +", " "),
        Substitution.of("\u00B4", "'"),
        Substitution.of("\u2018", "'"),
        Substitution.of("\u201A", "'"),
        Substitution.of("''", "\""),
        Substitution.of(NO_BREAK + "\u00AB" + NO_BREAK, "\""),
        Substitution.of("\u00AB" + NO_BREAK, "\""),
        Substitution.of("\u00AB", "\""),
        Substitution.of(NO_BREAK + "\u00BB" + NO_BREAK, "\""),
        Substitution.of(NO_BREAK + "\u00BB", "\""),
        Substitution.of("\u00BB", "\""));
  }

  private static List<Substitution> spacesWithoutBreak() {
    return List.of(
        Substitution.of(NO_BREAK + "%", "%"),
        Substitution.of("n\u00BA" + NO_BREAK, "n\u00BA "),
        Substitution.of(NO_BREAK + ":", ":"),
        Substitution.of(NO_BREAK + "\u00BAC", " \u00BAC"),
        Substitution.of(NO_BREAK + "cm", " cm"),
        Substitution.of(NO_BREAK + "?", "?"),
        Substitution.of(NO_BREAK + "!", "!"),
        Substitution.of(NO_BREAK + ";", ";"),
        Substitution.of("," + NO_BREAK, ", "),
        Substitution.matching(" +", " "));
  }

  /** Where a comma or a full stop goes that stands beside the end of a quotation. */
  private static List<Substitution> behindQuotations(MosesLanguage language) {
    return switch (language) {
      case ENGLISH -> List.of(Substitution.matching("\"([,.]+)", "$1\""));
      case FRENCH ->
          List.of(
              Substitution.of(",\"", "\","),
              // A run of dots is tried at its first only, or many dots would take for ever.
              Substitution.matching("(?:(?<!\\.)|\\G)(\\.++)\"(" + SPACE + "*[^<])", "\"$1$2"));
    };
  }

  private static String narrow(String text) {
    StringBuilder result = null;
    for (int i = 0; i < text.length(); i++) {
      int at = text.charAt(i) < 0x80 ? -1 : WIDE.indexOf(text.charAt(i));
      if (at >= 0) {
        if (result == null) {
          result = new StringBuilder(text);
        }
        result.setCharAt(i, NARROW.charAt(at));
      }
    }
    return result == null ? text : result.toString();
  }

  /** Whatever Unicode has under C: controls, marks of format, what is not assigned. */
  private static String withoutControls(String text) {
    StringBuilder result = new StringBuilder(text.length());
    text.codePoints()
        .filter(
            c ->
                switch (Character.getType(c)) {
                  case Character.CONTROL,
                      Character.FORMAT,
                      Character.SURROGATE,
                      Character.PRIVATE_USE,
                      Character.UNASSIGNED ->
                      false;
                  default -> true;
                })
        .forEach(result::appendCodePoint);
    return result.toString();
  }
}
