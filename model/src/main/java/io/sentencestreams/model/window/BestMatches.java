package io.sentencestreams.model.window;

import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/** The best of the matches that it visits. */
final class BestMatches implements MatchVisitor {
  private static final Comparator<Match> BEST_FIRST =
      Comparator.comparingDouble((Match match) -> -match.similarity())
          .thenComparingLong(Match::time)
          .thenComparingLong(Match::handle);

  private final int k;
  private final PriorityQueue<Match> worstFirst = new PriorityQueue<>(BEST_FIRST.reversed());

  BestMatches(int k) {
    this.k = k;
  }

  @Override
  public boolean match(long handle, long time, float similarity) {
    if (worstFirst.size() == k && similarity < worstFirst.element().similarity()) {
      return true;
    }
    worstFirst.add(new Match(handle, time, similarity));
    if (worstFirst.size() > k) {
      worstFirst.remove();
    }
    return true;
  }

  /** What a further match must reach. */
  float least() {
    return worstFirst.size() < k ? -1 : worstFirst.element().similarity();
  }

  List<Match> list() {
    return worstFirst.stream().sorted(BEST_FIRST).toList();
  }
}
