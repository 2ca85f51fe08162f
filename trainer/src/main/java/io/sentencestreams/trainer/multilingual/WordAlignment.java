package io.sentencestreams.trainer.multilingual;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Which tokens of one language stand for which of another: the translation probabilities of IBM
 * Model 1 (Brown et al. 1993), estimated from parallel sentences by expectation maximization.
 */
final class WordAlignment {
  private static final int ROUNDS = 6;

  /** Stands for no token of the sentence. */
  private static final int NULL = -1;

  /** Pairs of tokens that stand in parallel sentences, sorted: from in the high half. */
  private final long[] pairs;

  /** The probability of a pair's second token given its first. */
  private final double[] probabilities;

  private WordAlignment(long[] pairs) {
    this.pairs = pairs;
    this.probabilities = new double[pairs.length];
    Arrays.fill(probabilities, 1);
  }

  /**
   * Estimates it.
   *
   * @param from tokens of sentences, each at least 0
   * @param to tokens of their translations
   */
  static WordAlignment of(List<int[]> from, List<int[]> to) {
    WordAlignment alignment = new WordAlignment(pairs(from, to));
    for (int round = 0; round < ROUNDS; round++) {
      alignment.improve(from, to);
    }
    return alignment;
  }

  private static long key(int from, int to) {
    return ((long) from << 32) | to;
  }

  private static int[] withNull(int[] tokens) {
    int[] all = Arrays.copyOf(tokens, tokens.length + 1);
    all[tokens.length] = NULL;
    return all;
  }

  private static long[] pairs(List<int[]> from, List<int[]> to) {
    long[] all = new long[1 << 16];
    int size = 0;
    for (int i = 0; i < from.size(); i++) {
      for (int a : withNull(from.get(i))) {
        for (int b : to.get(i)) {
          if (size == all.length) {
            size = distinct(all, size);
            // Where few are alike there is no room to be won by leaving the others out.
            all = size > all.length / 2 ? Arrays.copyOf(all, Math.multiplyExact(2, size)) : all;
          }
          all[size] = key(a, b);
          size++;
        }
      }
    }
    return Arrays.copyOf(all, distinct(all, size));
  }

  /** Sorts the beginning of an array and leaves out what is there twice; how many are left. */
  private static int distinct(long[] values, int size) {
    Arrays.sort(values, 0, size);
    int kept = 0;
    for (int i = 0; i < size; i++) {
      if (i == 0 || values[i] != values[i - 1]) {
        values[kept] = values[i];
        kept++;
      }
    }
    return kept;
  }

  private void improve(List<int[]> from, List<int[]> to) {
    double[] expected = new double[pairs.length];
    for (int i = 0; i < from.size(); i++) {
      int[] sources = withNull(from.get(i));
      int[] places = new int[sources.length];
      for (int target : to.get(i)) {
        double sum = 0;
        for (int s = 0; s < sources.length; s++) {
          places[s] = Arrays.binarySearch(pairs, key(sources[s], target));
          sum += probabilities[places[s]];
        }
        for (int place : places) {
          expected[place] += probabilities[place] / sum;
        }
      }
    }
    int begin = 0;
    while (begin < pairs.length) {
      int end = begin;
      double sum = 0;
      while (end < pairs.length && pairs[end] >> 32 == pairs[begin] >> 32) {
        sum += expected[end];
        end++;
      }
      for (int i = begin; i < end; i++) {
        probabilities[i] = expected[i] / sum;
      }
      begin = end;
    }
  }

  /**
   * What a token is translated by.
   *
   * @param least probability of a translation
   * @return probabilities of tokens; empty if the token is not known
   */
  Map<Integer, Double> translations(int token, double least) {
    int begin = Arrays.binarySearch(pairs, key(token, 0));
    begin = begin < 0 ? -begin - 1 : begin;
    Map<Integer, Double> found = new HashMap<>();
    for (int i = begin; i < pairs.length && (int) (pairs[i] >> 32) == token; i++) {
      if (probabilities[i] >= least) {
        found.put((int) pairs[i], probabilities[i]);
      }
    }
    return found;
  }
}
