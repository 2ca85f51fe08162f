package io.sentencestreams.trainer.evaluation;

import io.sentencestreams.model.SimilarityFunction;
import io.sentencestreams.trainer.data.SentencePair;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * Measures how well a threshold on the similarity of two embeddings tells pairs that belong
 * together from pairs that do not, such as paraphrases or duplicate questions.
 *
 * <p>For each similarity function: {@code accuracy} and {@code f1} with the thresholds that give
 * the best of each ({@code accuracy_threshold}, {@code f1_threshold}), {@code precision}, {@code
 * recall} and {@code mcc} (Matthews correlation) at the threshold of F1, and {@code ap}, average
 * precision. The thresholds of the Euclidean and the Manhattan function are distances.
 */
public final class BinaryClassificationEvaluator implements Evaluator {
  private final List<String> first;
  private final List<String> second;
  private final boolean[] labels;
  private final List<SimilarityFunction> functions;

  /**
   * An evaluator over labelled pairs.
   *
   * @param pairs at least one; the score is 1 if the two belong together, else 0
   * @param functions of similarity, at least one
   * @throws IllegalArgumentException if a score is neither 0 nor 1
   */
  public BinaryClassificationEvaluator(
      List<SentencePair> pairs, List<SimilarityFunction> functions) {
    this.first = pairs.stream().map(SentencePair::sentence1).toList();
    this.second = pairs.stream().map(SentencePair::sentence2).toList();
    this.functions = Metrics.functions(functions);
    Metrics.sameSize("labelled pairs", first, second);
    this.labels = new boolean[pairs.size()];
    for (int i = 0; i < labels.length; i++) {
      double label = pairs.get(i).score();
      if (label != 0 && label != 1) {
        throw new IllegalArgumentException(
            "pair %d has the label %s; it must be 0 or 1".formatted(i + 1, label));
      }
      labels[i] = label == 1;
    }
  }

  @Override
  public Evaluation evaluate(Function<List<String>, float[][]> encoder) {
    Embeddings embeddings = new Embeddings(encoder, first, second);
    float[][] a = embeddings.of(first);
    float[][] b = embeddings.of(second);
    return Metrics.ofFunctions(
        functions,
        "ap",
        function -> {
          boolean distance =
              function == SimilarityFunction.EUCLIDEAN || function == SimilarityFunction.MANHATTAN;
          return measure(function.pairwise(a, b), labels, distance);
        });
  }

  /** Metrics of similarities, the greater the more alike; thresholds are negated for distances. */
  static Map<String, Double> measure(float[] similarities, boolean[] labels, boolean distance) {
    int[] order =
        IntStream.range(0, labels.length)
            .boxed()
            .sorted((i, j) -> Float.compare(similarities[j], similarities[i]))
            .mapToInt(Integer::intValue)
            .toArray();
    int positives = (int) IntStream.range(0, labels.length).filter(i -> labels[i]).count();
    Best best = new Best(labels.length, positives, similarities[order[0]]);
    for (int i = 0; i < order.length; i++) {
      best.count(labels[order[i]]);
      float score = similarities[order[i]];
      boolean last = i == order.length - 1;
      if (last) {
        best.threshold(score, score);
      } else if (score != similarities[order[i + 1]]) {
        // pairs with equal similarities fall on the same side of any threshold
        best.threshold(score, similarities[order[i + 1]]);
      }
    }
    int sign = distance ? -1 : 1;
    Map<String, Double> metrics = new LinkedHashMap<>();
    metrics.put("accuracy", best.accuracy);
    metrics.put("accuracy_threshold", (double) sign * best.accuracyThreshold);
    metrics.put("f1", best.f1);
    metrics.put("f1_threshold", (double) sign * best.f1Threshold);
    metrics.put("precision", best.precision);
    metrics.put("recall", best.recall);
    metrics.put("ap", best.averagePrecision);
    metrics.put("mcc", matthews(similarities, labels, positives, best.f1Threshold));
    return metrics;
  }

  /** Matthews' correlation of predictions with labels; 0 if either is constant. */
  private static double matthews(
      float[] similarities, boolean[] labels, int positives, float threshold) {
    double predicted = 0;
    double correct = 0;
    for (int i = 0; i < labels.length; i++) {
      if (similarities[i] >= threshold) {
        predicted++;
        correct += labels[i] ? 1 : 0;
      }
    }
    double n = labels.length;
    double spread = predicted * (n - predicted) * positives * (n - positives);
    return spread == 0 ? 0 : (correct * n - predicted * positives) / Math.sqrt(spread);
  }

  /**
   * The best thresholds so far, as the threshold falls past one group of equal scores at a time.
   */
  private static final class Best {
    private final int size;
    private final int positives;
    private int predicted;
    private int correct;
    private double accuracy;
    private float accuracyThreshold;
    private double f1;
    private double precision;
    private double recall;
    private float f1Threshold;
    private double averagePrecision;
    private double recallBefore;

    Best(int size, int positives, float greatest) {
      this.size = size;
      this.positives = positives;
      // the first threshold is the one that nothing reaches
      this.accuracy = (double) (size - positives) / size;
      this.accuracyThreshold = Math.nextUp(greatest);
    }

    void count(boolean label) {
      predicted++;
      correct += label ? 1 : 0;
    }

    void threshold(float score, float next) {
      float middle = (score + next) / 2;
      float between = middle > next ? middle : score; // a rounded middle must not include the next
      int negativesBelow = size - positives - (predicted - correct);
      double nowAccuracy = (double) (correct + negativesBelow) / size;
      if (nowAccuracy > accuracy) {
        accuracy = nowAccuracy;
        accuracyThreshold = between;
      }
      if (correct == 0) {
        return;
      }
      double nowPrecision = (double) correct / predicted;
      double nowRecall = (double) correct / positives;
      averagePrecision += (nowRecall - recallBefore) * nowPrecision;
      recallBefore = nowRecall;
      double nowF1 = 2 * nowPrecision * nowRecall / (nowPrecision + nowRecall);
      if (nowF1 > f1) {
        f1 = nowF1;
        precision = nowPrecision;
        recall = nowRecall;
        f1Threshold = between;
      }
    }
  }
}
