package io.sentencestreams.model.tokenization;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Splits a text into words and signs by the rules of the Penn Treebank, as NLTK's {@code
 * word_tokenize} does from version 3.10 on: contractions are cut apart, quotes become {@code ``}
 * and {@code ''}.
 */
final class PennTokenizer {
  private record Rule(Pattern pattern, String replacement) {
    static Rule of(String pattern, String replacement) {
      return new Rule(Pattern.compile(pattern, Pattern.UNICODE_CHARACTER_CLASS), replacement);
    }
  }

  /** Python's {@code $} matches before a last line end too. */
  private static final String END = "\\s*+(?=\\n?\\z)";

  private static final List<Rule> OPENING =
      List.of(
          Rule.of("([\u00ab\u201c\u2018\u201e]|`+)", " $1 "),
          Rule.of("^\"", "``"),
          Rule.of("(``)", " $1 "),
          Rule.of("([ (\\[{<])(\"|'{2})", "$1 `` "),
          Rule.of("(?i)(?<!\\w)'(?!(?:re|ve|ll|m|t|s|d|n)\\b)(?=\\w)", "' "),
          Rule.of("([^.])(\\.)([\\])}>\"'\u00bb\u201d\u2019 ]*+)" + END, "$1 $2 $3 "),
          Rule.of("([:,])([^\\d])", " $1 $2"),
          Rule.of("([:,])(?=\\n?\\z)", " $1 "),
          Rule.of("\\.{2,}", " $0 "),
          Rule.of("[;@#$%&]", " $0 "),
          Rule.of("[\u2012-\u2015]", " $0 "),
          Rule.of("([^.])(\\.)([\\])}>\"']*+)" + END, "$1 $2$3 "),
          Rule.of("[?!]", " $0 "),
          Rule.of("([^'])' ", "$1 ' "),
          Rule.of("[*]", " $0 "),
          Rule.of("[\\]\\[(){}<>]", " $0 "),
          Rule.of("--", " -- "));

  private static final List<Rule> CLOSING =
      Stream.concat(
              Stream.of(
                  Rule.of("([\u00bb\u201d\u2019])", " $1 "),
                  Rule.of("''", " '' "),
                  Rule.of("\"", " '' "),
                  Rule.of("([^' ])('[sS]|'[mM]|'[dD]|') ", "$1 $2 "),
                  Rule.of("([^' ])('ll|'LL|'re|'RE|'ve|'VE|n't|N'T) ", "$1 $2 ")),
              Stream.of(
                      "(?i)\\b(can)(not)\\b",
                      "(?i)\\b(d)('ye)\\b",
                      "(?i)\\b(gim)(me)\\b",
                      "(?i)\\b(gon)(na)\\b",
                      "(?i)\\b(got)(ta)\\b",
                      "(?i)\\b(lem)(me)\\b",
                      "(?i)\\b(more)('n)\\b",
                      "(?i)\\b(wan)(na)(?=\\s)",
                      "(?i) ('t)(is)\\b",
                      "(?i) ('t)(was)\\b")
                  .map(pattern -> Rule.of(pattern, " $1 $2 ")))
          .toList();

  private PennTokenizer() {}

  static List<String> tokenize(String text) {
    String cut = " " + apply(OPENING, text) + " ";
    cut = apply(CLOSING, cut);
    List<String> words = new ArrayList<>();
    int start = -1;
    for (int i = 0; i < cut.length(); i++) {
      if (WordTokenizer.isSpace(cut.charAt(i))) {
        if (start >= 0) {
          words.add(cut.substring(start, i));
        }
        start = -1;
      } else if (start < 0) {
        start = i;
      }
    }
    return words;
  }

  private static String apply(List<Rule> rules, String text) {
    String result = text;
    for (Rule rule : rules) {
      result = rule.pattern().matcher(result).replaceAll(rule.replacement());
    }
    return result;
  }
}
