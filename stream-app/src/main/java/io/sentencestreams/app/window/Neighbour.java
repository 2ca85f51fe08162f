package io.sentencestreams.app.window;

import java.util.Comparator;

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
}
