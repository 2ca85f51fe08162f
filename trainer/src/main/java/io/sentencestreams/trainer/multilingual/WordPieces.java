package io.sentencestreams.trainer.multilingual;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;

/**
 * Learns further tokens for a WordPiece vocabulary from texts, by joining the most frequent pair of
 * neighbouring tokens again and again (Sennrich et al. 2016), as the trainer of Hugging Face's
 * tokenizers does.
 */
final class WordPieces {
  /** What a token that goes on within a word begins with. */
  static final String PREFIX = "##";

  private final Set<String> known;
  private final List<int[]> words = new ArrayList<>();
  private final List<Long> counts = new ArrayList<>();
  private final List<String> tokens = new ArrayList<>();
  private final Map<String, Integer> ids = new HashMap<>();
  private final Map<Long, Long> pairCounts = new HashMap<>();
  private final Map<Long, Set<Integer>> places = new HashMap<>();

  /**
   * The most frequent pair first; ties by the tokens' order, so that the same texts always give the
   * same tokens.
   */
  private final PriorityQueue<Pair> queue =
      new PriorityQueue<>(
          Comparator.comparingLong(Pair::count).reversed().thenComparingLong(Pair::key));

  /** Two tokens after each other, with how often they were so when this was queued. */
  private record Pair(long key, long count) {}

  private WordPieces(Set<String> known) {
    this.known = known;
  }

  /**
   * Learns tokens.
   *
   * @param texts of the new language
   * @param known tokens of the vocabulary; they are no new ones
   * @param lowerCase whether the tokenizer lowers
   * @param most how many to learn; fewer if no pair is found twice any more
   * @return characters that are not known first, then the tokens in the order of their joining
   */
  static List<String> learn(
      Collection<String> texts, Set<String> known, boolean lowerCase, int most) {
    Map<String, Long> frequencies = new LinkedHashMap<>();
    for (String text : texts) {
      for (String word : words(lowerCase ? text.toLowerCase(Locale.ROOT) : text)) {
        frequencies.merge(word, 1L, Long::sum);
      }
    }
    return new WordPieces(known).join(frequencies, most);
  }

  /** Words as BERT's pre-tokenizer cuts them: at white space, each sign alone. */
  static List<String> words(String text) {
    List<String> words = new ArrayList<>();
    StringBuilder word = new StringBuilder();
    text.codePoints()
        .forEach(
            c -> {
              boolean letter = Character.isLetterOrDigit(c) || isMark(c);
              if (!letter && !word.isEmpty()) {
                words.add(word.toString());
                word.setLength(0);
              }
              if (letter) {
                word.appendCodePoint(c);
              } else if (!isSpace(c)) {
                words.add(Character.toString(c));
              }
            });
    if (!word.isEmpty()) {
      words.add(word.toString());
    }
    return words;
  }

  private static boolean isSpace(int c) {
    return Character.isWhitespace(c) || Character.isSpaceChar(c) || Character.isISOControl(c);
  }

  private static boolean isMark(int c) {
    int type = Character.getType(c);
    return type == Character.NON_SPACING_MARK || type == Character.COMBINING_SPACING_MARK;
  }

  private List<String> join(Map<String, Long> frequencies, int most) {
    Set<String> learned = new LinkedHashSet<>();
    frequencies.forEach(
        (word, count) -> {
          int[] characters = word.codePoints().toArray();
          int[] pieces = new int[characters.length];
          for (int i = 0; i < characters.length; i++) {
            String piece = (i == 0 ? "" : PREFIX) + Character.toString(characters[i]);
            pieces[i] = id(piece);
            add(learned, piece, most);
          }
          words.add(pieces);
          counts.add(count);
        });
    for (int word = 0; word < words.size(); word++) {
      count(word, 1);
    }
    places.keySet().forEach(this::enqueue);
    while (learned.size() < most && !queue.isEmpty()) {
      Pair best = queue.remove();
      long count = pairCounts.getOrDefault(best.key(), 0L);
      if (count == best.count() && count > 1) { // else it was queued again with another count
        add(learned, joinPair(best.key()), most);
      }
    }
    return List.copyOf(learned);
  }

  private void add(Set<String> learned, String token, int most) {
    if (!known.contains(token) && learned.size() < most) {
      learned.add(token);
    }
  }

  private int id(String token) {
    Integer id = ids.get(token);
    if (id == null) {
      id = tokens.size();
      ids.put(token, id);
      tokens.add(token);
    }
    return id;
  }

  private void enqueue(long key) {
    long count = pairCounts.getOrDefault(key, 0L);
    if (count > 1) {
      queue.add(new Pair(key, count));
    }
  }

  private static long key(int first, int second) {
    return ((long) first << 32) | second;
  }

  /** Adds a word's pairs to the counts, or takes them away. */
  private void count(int word, int sign) {
    int[] pieces = words.get(word);
    for (int i = 0; i + 1 < pieces.length; i++) {
      long key = key(pieces[i], pieces[i + 1]);
      pairCounts.merge(key, sign * counts.get(word), Long::sum);
      if (sign > 0) {
        places.computeIfAbsent(key, any -> new HashSet<>()).add(word);
      }
    }
  }

  private String joinPair(long key) {
    int first = (int) (key >>> 32);
    int second = (int) key;
    String joined = tokens.get(first) + tokens.get(second).substring(PREFIX.length());
    int id = id(joined);
    Set<Long> changed = new HashSet<>();
    for (int word : places.remove(key)) {
      int[] before = words.get(word);
      int[] after = replace(before, first, second, id);
      if (after.length < before.length) {
        count(word, -1);
        words.set(word, after);
        count(word, 1);
        for (int[] pieces : List.of(before, after)) {
          for (int i = 0; i + 1 < pieces.length; i++) {
            changed.add(key(pieces[i], pieces[i + 1]));
          }
        }
      }
    }
    changed.forEach(this::enqueue);
    return joined;
  }

  private static int[] replace(int[] pieces, int first, int second, int id) {
    int[] replaced = new int[pieces.length];
    int size = 0;
    for (int i = 0; i < pieces.length; i++) {
      boolean pair = i + 1 < pieces.length && pieces[i] == first && pieces[i + 1] == second;
      replaced[size] = pair ? id : pieces[i];
      size++;
      i += pair ? 1 : 0;
    }
    return Arrays.copyOf(replaced, size);
  }
}
