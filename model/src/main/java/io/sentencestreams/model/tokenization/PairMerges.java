package io.sentencestreams.model.tokenization;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;

/**
 * Byte-pair encoding of words (Sennrich et al. 2016) as fastBPE has it: a word is its characters,
 * the last of them marked, and the pair that was merged first in training is merged first, wherever
 * it stands. What comes of it need not be in a vocabulary.
 */
final class PairMerges {
  /** Marks the end of a word. */
  static final String END = "</w>";

  private static final int UNKNOWN = -1;

  private final Map<String, Integer> symbols = new HashMap<>();
  private final Map<Long, Merge> merges = new HashMap<>();

  private record Merge(int rank, int result) {}

  /** A pair that stood at a place when it was found. */
  private record Found(Merge merge, int at, int left, int right) {}

  /**
   * Merges of the lines of a file, the first in training first. What stands behind the two parts of
   * a pair is not read, a line without a pair counts but merges nothing.
   */
  PairMerges(List<String> lines) {
    for (int rank = 0; rank < lines.size(); rank++) {
      List<String> parts = WordTokenizer.split(lines.get(rank));
      if (parts.size() >= 2) {
        int left = symbol(parts.get(0));
        int right = symbol(parts.get(1));
        merges.put(pair(left, right), new Merge(rank, symbol(parts.get(0) + parts.get(1))));
      }
    }
  }

  private int symbol(String text) {
    Integer known = symbols.putIfAbsent(text, symbols.size());
    return known == null ? symbols.size() - 1 : known;
  }

  private static long pair(int left, int right) {
    return (long) left << Integer.SIZE | right;
  }

  /** The pieces of a word that is not empty; the last ends with {@link #END}. */
  List<String> split(String word) {
    return new Word(word).split();
  }

  /** A word on its way. Its symbols are a linked list in arrays. */
  private final class Word {
    private final String text;
    private final int[] starts;
    private final int[] ids;
    private final int[] next;
    private final int[] previous;
    private final PriorityQueue<Found> queue =
        new PriorityQueue<>(
            Comparator.comparingInt((Found found) -> found.merge().rank())
                .thenComparingInt(Found::at));

    Word(String text) {
      this.text = text;
      int count = text.codePointCount(0, text.length());
      starts = new int[count + 1];
      ids = new int[count];
      next = new int[count];
      previous = new int[count];
      int start = 0;
      for (int i = 0; i < count; i++) {
        starts[i] = start;
        int end = text.offsetByCodePoints(start, 1);
        String symbol = text.substring(start, end);
        ids[i] = symbols.getOrDefault(i == count - 1 ? symbol + END : symbol, UNKNOWN);
        next[i] = i + 1;
        previous[i] = i - 1;
        start = end;
      }
      starts[count] = start;
    }

    List<String> split() {
      for (int i = 0; i + 1 < ids.length; i++) {
        find(i, queue);
      }
      // A pair is merged everywhere before those are looked at that this has made.
      List<Found> made = new ArrayList<>();
      while (!queue.isEmpty()) {
        int rank = queue.peek().merge().rank();
        while (!queue.isEmpty() && queue.peek().merge().rank() == rank) {
          Found found = queue.poll();
          if (stands(found)) {
            merge(found, made);
          }
        }
        queue.addAll(made);
        made.clear();
      }
      return pieces();
    }

    private void find(int at, Collection<Found> into) {
      int behind = next[at];
      if (behind < ids.length && ids[at] != UNKNOWN && ids[behind] != UNKNOWN) {
        Merge merge = merges.get(pair(ids[at], ids[behind]));
        if (merge != null) {
          into.add(new Found(merge, at, ids[at], ids[behind]));
        }
      }
    }

    /** Whether no other merge has taken a part of the pair. */
    private boolean stands(Found found) {
      int behind = next[found.at()];
      return ids[found.at()] == found.left() && behind < ids.length && ids[behind] == found.right();
    }

    private void merge(Found found, List<Found> made) {
      int at = found.at();
      int behind = next[at];
      ids[at] = found.merge().result();
      ids[behind] = UNKNOWN;
      next[at] = next[behind];
      if (next[at] < ids.length) {
        previous[next[at]] = at;
        find(at, made);
      }
      if (previous[at] >= 0) {
        find(previous[at], made);
      }
    }

    private List<String> pieces() {
      List<String> pieces = new ArrayList<>();
      for (int i = 0; i < ids.length; i = next[i]) {
        boolean last = next[i] == ids.length;
        String piece = text.substring(starts[i], starts[next[i]]);
        pieces.add(last ? piece + END : piece);
      }
      return pieces;
    }
  }
}
