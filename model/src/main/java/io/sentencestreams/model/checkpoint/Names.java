package io.sentencestreams.model.checkpoint;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/** Finds what a person may have meant by a name that is not known. */
public final class Names {
  private Names() {}

  /** The candidates with the smallest edit distance to a name, nearest first. */
  public static List<String> nearest(String name, Collection<String> candidates, int limit) {
    return candidates.stream()
        .sorted(Comparator.comparingInt((String c) -> distance(name, c)).thenComparing(c -> c))
        .limit(limit)
        .toList();
  }

  /** Levenshtein's edit distance. */
  private static int distance(String a, String b) {
    int[] previous = new int[b.length() + 1];
    int[] current = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      previous[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      current[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int substitution = previous[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        current[j] = Math.min(substitution, 1 + Math.min(previous[j], current[j - 1]));
      }
      int[] swap = previous;
      previous = current;
      current = swap;
    }
    return previous[b.length()];
  }
}
