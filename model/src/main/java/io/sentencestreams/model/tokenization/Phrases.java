package io.sentencestreams.model.tokenization;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

/** Words of a vocabulary that stand for several words in a row. */
final class Phrases {
  private final String separator;
  private final Set<String> phrases = new HashSet<>();
  private final Set<Integer> lengths = new TreeSet<>(Comparator.<Integer>reverseOrder());

  /**
   * Finds the phrases of a vocabulary.
   *
   * @param separator what is between the words of a phrase
   * @param longest the most words of a phrase
   */
  Phrases(List<String> vocabulary, String separator, int longest) {
    this.separator = separator;
    for (String word : vocabulary) {
      int length = count(word) + 1;
      // Some vocabularies have words with several separators in a row, which are no phrases.
      if (length > 1 && length <= longest && !word.contains(separator + separator)) {
        phrases.add(word);
        lengths.add(length);
      }
    }
  }

  private int count(String word) {
    int count = 0;
    for (int at = word.indexOf(separator); at >= 0; ) {
      count++;
      at = word.indexOf(separator, at + separator.length());
    }
    return count;
  }

  /** The words with those of each phrase joined to one, longer phrases first. */
  List<String> join(List<String> words) {
    List<String> joined = new ArrayList<>(words);
    for (int length : lengths) {
      for (int i = 0; i + length <= joined.size(); i++) {
        List<String> window = joined.subList(i, i + length);
        String phrase = String.join(separator, window);
        if (!phrases.contains(phrase)) {
          phrase = phrase.toLowerCase(Locale.ROOT);
        }
        if (phrases.contains(phrase)) {
          window.clear();
          joined.add(i, phrase);
        }
      }
    }
    return joined;
  }
}
