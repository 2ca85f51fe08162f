package io.sentencestreams.app.window;

import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * A text near a query.
 *
 * @param similarity cosine
 */
public record Neighbour(float similarity, WindowText text) {
  /** The most similar first; of equal ones the earliest, and then by their records. */
  public static final Comparator<Neighbour> BEST_FIRST =
      Comparator.comparingDouble((Neighbour neighbour) -> -neighbour.similarity())
          .thenComparingLong(neighbour -> neighbour.text().eventTime())
          .thenComparing(neighbour -> neighbour.text().source().topic())
          .thenComparingInt(neighbour -> neighbour.text().source().partition())
          .thenComparingLong(neighbour -> neighbour.text().source().offset());

  /**
   * The best of what was found, each text once: as near as it is by the vector that says so most,
   * and by that of the first version where two say the same.
   *
   * @param versions those that were searched
   * @param k how many at most
   */
  public static List<Neighbour> best(Collection<Neighbour> found, List<String> versions, int k) {
    Set<WindowText.Source> sources = new HashSet<>();
    return found.stream()
        .sorted(
            BEST_FIRST.thenComparingInt(
                neighbour -> versions.indexOf(neighbour.text().modelVersion())))
        .filter(neighbour -> sources.add(neighbour.text().source()))
        .limit(k)
        .toList();
  }
}
