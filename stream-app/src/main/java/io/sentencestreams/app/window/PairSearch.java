package io.sentencestreams.app.window;

import io.sentencestreams.model.window.Match;
import io.sentencestreams.model.window.MatchVisitor;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Compares what comes to a partition of the window with what lies there. */
final class PairSearch {
  private static final Logger LOG = LoggerFactory.getLogger(PairSearch.class);

  /** Matches that are looked at for each pair that is reported. */
  private static final int MATCHES_PER_PAIR = 16;

  /** Texts that a copy is checked against in the store, for each match that is looked at. */
  private static final int LOOKS_PER_MATCH = 4;

  private final WindowSettings settings;
  private final WindowMetrics metrics;
  private final int partition;
  private final WindowContents contents;
  private final SourceClocks clocks;
  private final PairBudget budget;
  private final Firsts firsts;
  private final Consumer<byte[]> toPairs;

  /**
   * Of a task that is opened.
   *
   * @param firsts null where first occurrences are not wanted
   * @param toPairs takes messages of pairs
   */
  PairSearch(
      WindowSettings settings,
      WindowMetrics metrics,
      int partition,
      WindowContents contents,
      SourceClocks clocks,
      PairBudget budget,
      Firsts firsts,
      Consumer<byte[]> toPairs) {
    this.settings = settings;
    this.metrics = metrics;
    this.partition = partition;
    this.contents = contents;
    this.clocks = clocks;
    this.budget = budget;
    this.firsts = firsts;
    this.toPairs = toPairs;
  }

  /**
   * Reports the pairs of a text with those that lie here.
   *
   * @param sent when its message was sent
   * @return whether a near-duplicate is before it; false where nobody wants to know
   */
  boolean report(WindowMessage message, long sent) {
    WindowItem item = message.item();
    boolean isCopy = message.kind().isOfCopy();
    List<Match> matches = new ArrayList<>();
    int most = settings.maxPairs();
    int enough = most * MATCHES_PER_PAIR;
    int[] looks = {enough * LOOKS_PER_MATCH};
    search(
        message,
        (handle, time, similarity) -> {
          if (!isCopy || isNewTo(item, handle)) {
            matches.add(new Match(handle, time, similarity));
          }
          return matches.size() < enough && --looks[0] > 0;
        });
    if (looks[0] <= 0 && matches.size() < enough) {
      LOG.warn(
          "Partition {} of the window: a text that was encoded again is near more than {} others,"
              + " and was checked against those only: pairs with texts of another version may be"
              + " missed",
          partition,
          enough * LOOKS_PER_MATCH);
    }
    boolean preceded =
        firsts != null
            && !isCopy
            && firsts.isPreceded(
                item,
                matches,
                matches.size() < enough ? null : visitor -> search(message, visitor));
    // The text itself may be among them, under at-least-once.
    int allowed = budget.take(Math.min(matches.size(), most), sent);
    if (matches.size() > allowed) {
      matches.sort(
          Comparator.comparingDouble((Match match) -> -match.similarity())
              .thenComparingLong(Match::handle));
      metrics.pairsLeftOut(matches.size() - allowed);
      matches.subList(allowed, matches.size()).clear();
    }
    for (Match match : matches) {
      WindowEntry entry = contents.entry(match.handle());
      if (entry == null) {
        // Under at-least-once a kill can come between the changelogs of the two stores; the text
        // is read again then.
        contents.vectors().delete(match.handle());
        continue;
      }
      if (!entry.item().isSameRecord(item)) { // read again, under at-least-once
        // The other's probe can have been here only if it was sent.
        boolean twice = message.kind() == WindowMessage.Kind.PROBE && entry.probes();
        WindowItem compared = item.with(entry.item().modelVersion(), item.vector());
        metrics.pair();
        toPairs.accept(
            PairMessage.of(
                    compared,
                    entry.item(),
                    match.similarity(),
                    twice,
                    message.older() != null,
                    clocks.now())
                .encode());
      }
    }
    return preceded;
  }

  /** Whether a copy has not met a text before. */
  private boolean isNewTo(WindowItem copy, long handle) {
    WindowEntry entry = contents.entry(handle);
    return entry != null && !entry.item().meetsElsewhere(copy);
  }

  /** In each version that it has a vector of. */
  private void search(WindowMessage message, MatchVisitor visitor) {
    WindowItem item = message.item();
    boolean[] goesOn = {true};
    search(
        item,
        (handle, time, similarity) -> {
          goesOn[0] = visitor.match(handle, time, similarity);
          return goesOn[0];
        });
    WindowMessage.Older older = message.older();
    if (older != null
        && goesOn[0]
        && !older.modelVersion().equals(item.modelVersion())
        && older.vector().length == settings.dimension()) {
      search(item.with(older.modelVersion(), older.vector()), visitor);
    }
  }

  private void search(WindowItem item, MatchVisitor visitor) {
    long millis = settings.window().toMillis();
    contents
        .vectors()
        .indexes()
        .search(
            item.modelVersion(),
            item.vector(),
            item.time() - millis,
            item.time() + millis,
            visitor);
  }
}
