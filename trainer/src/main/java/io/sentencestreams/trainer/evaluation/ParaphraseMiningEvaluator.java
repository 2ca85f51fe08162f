package io.sentencestreams.trainer.evaluation;

import io.sentencestreams.model.search.DuplicateFinder;
import io.sentencestreams.model.search.ParaphraseMining;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * Measures how well the pairs of sentences that mean the same are found among all pairs, by cosine
 * similarity: {@code average_precision}, and {@code f1}, {@code precision} and {@code recall} at
 * the {@code threshold} that gives the best F1.
 */
public final class ParaphraseMiningEvaluator implements Evaluator {
  private final List<String> sentences;
  private final Set<Pair> duplicates;
  private final int topK;
  private final int maxPairs;

  /** Two ids of sentences that mean the same. */
  public record Duplicate(String id1, String id2) {}

  private record Pair(int first, int second) {
    static Pair of(int a, int b) {
      return new Pair(Math.min(a, b), Math.max(a, b));
    }
  }

  /**
   * An evaluator that looks at the 100 nearest sentences of each and at 500,000 pairs.
   *
   * @param sentences by id
   * @param duplicates all pairs that mean the same
   */
  public ParaphraseMiningEvaluator(Map<String, String> sentences, List<Duplicate> duplicates) {
    this(sentences, duplicates, false, 100, 500_000);
  }

  /**
   * An evaluator.
   *
   * @param sentences by id, at least two
   * @param duplicates pairs that mean the same, in either order
   * @param transitive whether duplicates of a duplicate are duplicates too
   * @param topK how many of the nearest sentences of each are looked at
   * @param maxPairs how many of the most similar pairs are looked at
   * @throws IllegalArgumentException if a pair names an id that is no sentence's, or one id twice
   */
  public ParaphraseMiningEvaluator(
      Map<String, String> sentences,
      List<Duplicate> duplicates,
      boolean transitive,
      int topK,
      int maxPairs) {
    if (sentences.size() < 2 || topK < 1 || maxPairs < 1) {
      throw new IllegalArgumentException(
          "%d sentences, topK %d and maxPairs %d; at least 2, 1 and 1 are needed"
              .formatted(sentences.size(), topK, maxPairs));
    }
    this.sentences = List.copyOf(sentences.values());
    this.topK = topK;
    this.maxPairs = maxPairs;
    Map<String, Integer> rows = new LinkedHashMap<>();
    sentences.keySet().forEach(id -> rows.put(id, rows.size()));
    Set<Pair> given = new HashSet<>();
    for (Duplicate duplicate : duplicates) {
      Integer a = rows.get(duplicate.id1());
      Integer b = rows.get(duplicate.id2());
      if (a == null || b == null || a.equals(b)) {
        throw new IllegalArgumentException(
            "duplicates must be two of the sentences: %s and %s"
                .formatted(duplicate.id1(), duplicate.id2()));
      }
      given.add(Pair.of(a, b));
    }
    this.duplicates = transitive ? closure(given, rows.size()) : given;
  }

  /** All pairs that a chain of pairs connects. */
  private static Set<Pair> closure(Set<Pair> pairs, int size) {
    List<List<Integer>> groups = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      groups.add(new ArrayList<>(List.of(i)));
    }
    for (Pair pair : pairs) {
      List<Integer> into = groups.get(pair.first());
      List<Integer> from = groups.get(pair.second());
      if (into != from) {
        into.addAll(from);
        from.forEach(member -> groups.set(member, into));
      }
    }
    Set<Pair> closure = new HashSet<>();
    for (int i = 0; i < size; i++) {
      for (int member : groups.get(i)) {
        if (member != i) {
          closure.add(Pair.of(i, member));
        }
      }
    }
    return closure;
  }

  @Override
  public Evaluation evaluate(Function<List<String>, float[][]> encoder) {
    float[][] embeddings = new Embeddings(encoder, sentences).of(sentences);
    return measure(ParaphraseMining.find(embeddings, topK, maxPairs));
  }

  private Evaluation measure(List<DuplicateFinder.Pair> pairs) {
    int correct = 0;
    int correctBefore = 0;
    double bestF1 = 0;
    double bestPrecision = 0;
    double bestRecall = 0;
    double threshold = 0;
    double averagePrecision = 0;
    for (int i = 0; i < pairs.size(); i++) {
      DuplicateFinder.Pair candidate = pairs.get(i);
      boolean known = duplicates.contains(new Pair(candidate.first(), candidate.second()));
      correct += known ? 1 : 0;
      float next = pairs.get(Math.min(i + 1, pairs.size() - 1)).score();
      boolean last = i == pairs.size() - 1;
      if ((last || next != candidate.score()) && correct > correctBefore) {
        double precision = (double) correct / (i + 1);
        double recall = (double) correct / duplicates.size();
        double f1 = 2 * precision * recall / (precision + recall);
        averagePrecision += precision * (correct - correctBefore) / duplicates.size();
        correctBefore = correct;
        if (f1 > bestF1) {
          bestF1 = f1;
          bestPrecision = precision;
          bestRecall = recall;
          threshold = ((double) candidate.score() + next) / 2;
        }
      }
    }
    Map<String, Double> metrics = new LinkedHashMap<>();
    metrics.put("average_precision", averagePrecision);
    metrics.put("f1", bestF1);
    metrics.put("precision", bestPrecision);
    metrics.put("recall", bestRecall);
    metrics.put("threshold", threshold);
    return Evaluation.of("average_precision", metrics);
  }
}
