package io.sentencestreams.app.benchmark;

import io.sentencestreams.model.TokenizedText;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * Batches to encode. Token ids are random words: what an encoder does with them takes no less time
 * than with real ones.
 *
 * @param name what is special about it
 * @param batches the batches, in order
 */
record Workload(String name, List<List<TokenizedText>> batches) {
  private static final int FIRST_TOKEN = 101;
  private static final int LAST_TOKEN = 102;
  private static final int FIRST_WORD = 1996;
  private static final int WORDS = 20_000;

  /** Shortest and longest text of the mix, in tokens. */
  private static final int SHORTEST = 5;

  private static final int LONGEST = 256;

  /** The mix is log-normal, as lengths of sentences are: half of the texts have up to 22 tokens. */
  private static final double LOG_MEDIAN = Math.log(22);

  private static final double LOG_DEVIATION = 0.85;

  int texts() {
    return batches.stream().mapToInt(List::size).sum();
  }

  int tokens() {
    return batches.stream().flatMap(List::stream).mapToInt(TokenizedText::length).sum();
  }

  /** Texts of one length. */
  static Workload equal(int length, int texts, int batchSize) {
    Random random = new Random(length);
    List<TokenizedText> all =
        IntStream.range(0, texts).mapToObj(i -> text(random, length)).toList();
    String name =
        texts == 1
            ? "one text of %d tokens".formatted(length)
            : "all of %d tokens".formatted(length);
    return new Workload(name, split(all, batchSize));
  }

  /** Texts of 5 to 256 tokens, batched as they come or by length. */
  static Workload mix(int texts, int batchSize, boolean sorted) {
    Random random = new Random(1);
    List<TokenizedText> all = new ArrayList<>();
    for (int length : mixedLengths(texts)) {
      all.add(text(random, length));
    }
    return new Workload(
        "mix of 5 to 256 tokens, " + (sorted ? "sorted" : "in arrival order"),
        sorted ? sorted(all, batchSize) : split(all, batchSize));
  }

  /** Lengths of texts of the mix, in tokens. */
  static int[] mixedLengths(int texts) {
    Random random = new Random(3);
    return IntStream.generate(
            () -> {
              double length = Math.exp(LOG_MEDIAN + LOG_DEVIATION * random.nextGaussian());
              return (int) Math.max(SHORTEST, Math.min(LONGEST, length));
            })
        .limit(texts)
        .toArray();
  }

  /** Batches of texts of similar lengths, the longest first: the last to end is a short one. */
  static List<List<TokenizedText>> sorted(List<TokenizedText> texts, int batchSize) {
    List<TokenizedText> sorted = new ArrayList<>(texts);
    sorted.sort(Comparator.comparingInt(TokenizedText::length).reversed());
    return split(sorted, batchSize);
  }

  private static TokenizedText text(Random random, int length) {
    int[] ids = new int[length];
    for (int i = 0; i < length; i++) {
      ids[i] = FIRST_WORD + random.nextInt(WORDS);
    }
    ids[0] = FIRST_TOKEN;
    ids[length - 1] = LAST_TOKEN;
    return new TokenizedText(ids, false);
  }

  private static List<List<TokenizedText>> split(List<TokenizedText> texts, int size) {
    List<List<TokenizedText>> batches = new ArrayList<>();
    for (int from = 0; from < texts.size(); from += size) {
      batches.add(List.copyOf(texts.subList(from, Math.min(texts.size(), from + size))));
    }
    return batches;
  }
}
