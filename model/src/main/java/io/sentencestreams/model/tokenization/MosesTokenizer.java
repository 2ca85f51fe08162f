package io.sentencestreams.model.tokenization;

import io.sentencestreams.model.tokenization.MosesCharacters.CharacterClass;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/**
 * Cuts a text into words and signs as the tokenizer of Moses does (Koehn et al. 2007), in the form
 * of sacremoses, with nothing escaped.
 */
final class MosesTokenizer {
  private static final Pattern DOTS = Pattern.compile("\\.{2,}");
  private static final Pattern MARKED_DOTS = Pattern.compile("((?:DOT)+)MULTI");

  private static final Substitution SPACES =
      Substitution.matching(MosesPunctuation.SPACE + "+", " ");
  private static final Substitution SIGNS =
      Substitution.matching("([^" + MosesCharacters.ALNUM.inside() + "\\s.'`,\\-])", " $1 ");
  private static final Substitution COMMAS = commas(MosesCharacters.NUMBER);
  private static final Substitution LAST_APOSTROPHE = Substitution.matching("\\.' ?\\z", " . ' ");

  private final MosesLanguage language;
  private final MosesPunctuation punctuation;
  private final Substitution apostrophes;

  MosesTokenizer(MosesLanguage language) {
    this.language = language;
    this.punctuation = new MosesPunctuation(language);
    this.apostrophes = apostrophes(language, MosesCharacters.ALPHA, MosesCharacters.NUMBER);
  }

  /** The words and signs of a text, none of them empty or with white space in it. */
  List<String> tokenize(String text) {
    String spaced = SIGNS.apply(SPACES.apply(punctuation.normalize(text)).strip());
    String parted = apostrophes.apply(COMMAS.apply(markDots(spaced)));
    String stopped = String.join(" ", partFullStops(words(parted)));
    return words(restoreDots(LAST_APOSTROPHE.apply(stopped)));
  }

  private static List<String> words(String text) {
    return WordTokenizer.split(text);
  }

  /** Between numbers a comma is a part of them. */
  private static Substitution commas(CharacterClass number) {
    return Substitution.all(
        List.of(
            Substitution.matching("([^" + number.inside() + "]),", "$1 , "),
            Substitution.matching(",([^" + number.inside() + "])", " , $1"),
            Substitution.matching("([" + number.inside() + "]),\\z", "$1 , ")));
  }

  private static Substitution apostrophes(
      MosesLanguage language, CharacterClass alpha, CharacterClass number) {
    String letter = "([" + alpha.inside() + "])";
    String noLetter = "([^" + alpha.inside() + "])";
    return switch (language) {
      case ENGLISH -> // don 't
          Substitution.all(
              List.of(
                  Substitution.matching(noLetter + "'" + noLetter, "$1 ' $2"),
                  Substitution.matching(
                      "([^" + alpha.inside() + number.inside() + "])'" + letter, "$1 ' $2"),
                  Substitution.matching(letter + "'" + noLetter, "$1 ' $2"),
                  Substitution.matching(letter + "'" + letter, "$1 '$2"),
                  Substitution.matching("([" + number.inside() + "])'(s)", "$1 '$2")));
      case FRENCH -> // l' eau
          Substitution.all(
              List.of(
                  Substitution.matching(noLetter + "'" + noLetter, "$1 ' $2"),
                  Substitution.matching(noLetter + "'" + letter, "$1 ' $2"),
                  Substitution.matching(letter + "'" + noLetter, "$1 ' $2"),
                  Substitution.matching(letter + "'" + letter, "$1' $2")));
    };
  }

  /** Several dots stay together: they are spelled out while other rules part dots from words. */
  private static String markDots(String text) {
    return DOTS.matcher(text)
        .replaceAll(
            dots -> {
              String mark = " " + "DOT".repeat(length(dots)) + "MULTI";
              return dots.end() < text.length() ? mark + " " : mark;
            });
  }

  private static String restoreDots(String text) {
    return MARKED_DOTS.matcher(text).replaceAll(mark -> ".".repeat(mark.group(1).length() / 3));
  }

  private static int length(MatchResult match) {
    return match.end() - match.start();
  }

  /**
   * Parts a full stop from the word before it, unless the word is an abbreviation, or goes on in
   * small letters.
   */
  private List<String> partFullStops(List<String> words) {
    List<String> result = new ArrayList<>(words.size() + 1);
    for (int i = 0; i < words.size(); i++) {
      String word = words.get(i);
      if (word.length() > 1 && word.endsWith(".")) {
        String prefix = word.substring(0, word.length() - 1);
        String next = i + 1 < words.size() ? words.get(i + 1) : "";
        if (!keepsFullStop(prefix, next)) {
          result.add(prefix);
          word = ".";
        }
      }
      result.add(word);
    }
    return result;
  }

  private boolean keepsFullStop(String prefix, String next) {
    return (prefix.contains(".") && prefix.codePoints().anyMatch(MosesCharacters.ALPHA::has))
        || language.keepsFullStop(prefix)
        || (!next.isEmpty() && MosesCharacters.LOWER.has(next.codePointAt(0)))
        || (language.keepsFullStopBeforeNumber(prefix)
            && !next.isEmpty()
            && next.charAt(0) >= '0'
            && next.charAt(0) <= '9');
  }
}
