package io.sentencestreams.model.clustering.online;

import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Words of a text in any language: runs of letters, marks and digits, in lower case. */
final class Terms {
  private static final Pattern WORD = Pattern.compile("[\\p{L}\\p{N}][\\p{L}\\p{M}\\p{N}]*");
  private static final int MAX_LENGTH = 40; // longer runs are keys and hashes, not words

  private Terms() {}

  /** The distinct words of a text, in order; single characters of the Latin script are left out. */
  static Set<String> of(String text) {
    Set<String> words = new LinkedHashSet<>();
    Matcher matcher = WORD.matcher(text);
    while (matcher.find()) {
      String word = matcher.group().toLowerCase(Locale.ROOT);
      boolean letter = word.length() == 1 && word.charAt(0) < 0x250;
      if (!letter && word.length() <= MAX_LENGTH) {
        words.add(word);
      }
    }
    return words;
  }
}
