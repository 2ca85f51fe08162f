package io.sentencestreams.trainer.evaluation;

import io.sentencestreams.trainer.data.TrainingExample;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * Measures what frozen embeddings know of a classification task that has no test set of its own, as
 * SentEval does for MR, CR, SUBJ and MPQA (Conneau and Kiela 2018): each fold is the test set once,
 * for a logistic regression on the others, whose penalty is chosen by cross-validation among those.
 * {@code accuracy} is the mean over the folds, {@code validation_accuracy} the mean of the best
 * that was seen in choosing.
 *
 * <p>Folds are stratified as scikit-learn's {@code StratifiedKFold} makes them without shuffling,
 * so that a result can be had again.
 */
public final class CrossValidatedTransferEvaluator implements Evaluator {
  private final List<TrainingExample> examples;
  private final int[] labels;
  private final int classes;
  private final int folds;
  private final List<Double> inverseStrengths;

  /**
   * An evaluator. Each example has one or two texts and a class, counted from 0, as its label.
   *
   * @param folds at least two; SentEval takes ten
   * @param inverseStrengths values of C to choose from, at least one
   * @throws IllegalArgumentException if an example has no such texts or label, or a class has too
   *     few examples to be in each fold within each fold
   */
  public CrossValidatedTransferEvaluator(
      List<TrainingExample> examples, int folds, List<Double> inverseStrengths) {
    if (examples.isEmpty() || folds < 2 || inverseStrengths.isEmpty()) {
      throw new IllegalArgumentException(
          "%d examples, %d folds (at least 2) and %d values of C do not do"
              .formatted(examples.size(), folds, inverseStrengths.size()));
    }
    this.examples = List.copyOf(examples);
    this.classes = Classified.classes(examples);
    this.labels = Classified.labels(examples);
    this.folds = folds;
    this.inverseStrengths = List.copyOf(inverseStrengths);
    for (int label = 0; label < classes; label++) {
      int wanted = label;
      long count = Arrays.stream(labels).filter(other -> other == wanted).count();
      if (count <= folds) {
        throw new IllegalArgumentException(
            "class %d has %d examples; %d folds need more than that of each class"
                .formatted(label, count, folds));
      }
    }
  }

  @Override
  public Evaluation evaluate(Function<List<String>, float[][]> encoder) {
    List<String> texts = examples.stream().flatMap(e -> e.texts().stream()).toList();
    float[][] features = Classified.features(examples, new Embeddings(encoder, texts));
    int[] all = IntStream.range(0, labels.length).toArray();
    int[] folding = folds(all);
    double accuracy = 0;
    double validation = 0;
    for (int fold = 0; fold < folds; fold++) {
      int[] train = others(all, folding, fold);
      Choice choice = choose(features, train);
      validation += choice.accuracy / folds;
      accuracy += accuracy(features, train, of(all, folding, fold), choice.c) / folds;
    }
    Map<String, Double> metrics = new LinkedHashMap<>();
    metrics.put("accuracy", accuracy);
    metrics.put("validation_accuracy", validation);
    return Evaluation.of("accuracy", metrics);
  }

  private record Choice(double c, double accuracy) {}

  /** The strength that is the best in cross-validation, the first of equals. */
  private Choice choose(float[][] features, int[] rows) {
    int[] folding = folds(rows);
    Choice best = null;
    for (double c : inverseStrengths) {
      double mean = 0;
      for (int fold = 0; fold < folds; fold++) {
        mean += accuracy(features, others(rows, folding, fold), of(rows, folding, fold), c) / folds;
      }
      if (best == null || mean > best.accuracy) {
        best = new Choice(c, mean);
      }
    }
    return best;
  }

  private double accuracy(float[][] features, int[] train, int[] test, double c) {
    return LogisticRegression.fit(rows(features, train), labels(train), classes, c)
        .accuracy(rows(features, test), labels(test));
  }

  private static float[][] rows(float[][] features, int[] rows) {
    return Arrays.stream(rows).mapToObj(row -> features[row]).toArray(float[][]::new);
  }

  private int[] labels(int[] rows) {
    return Arrays.stream(rows).map(row -> labels[row]).toArray();
  }

  private static int[] of(int[] rows, int[] folding, int fold) {
    return IntStream.range(0, rows.length)
        .filter(i -> folding[i] == fold)
        .map(i -> rows[i])
        .toArray();
  }

  private static int[] others(int[] rows, int[] folding, int fold) {
    return IntStream.range(0, rows.length)
        .filter(i -> folding[i] != fold)
        .map(i -> rows[i])
        .toArray();
  }

  /** The fold of each row: classes in the order they come in are dealt out in turn. */
  private int[] folds(int[] rows) {
    int[] order = new int[classes];
    Arrays.fill(order, -1);
    int seen = 0;
    int[] counts = new int[classes];
    for (int row : rows) {
      if (order[labels[row]] < 0) {
        order[labels[row]] = seen++;
      }
      counts[order[labels[row]]]++;
    }
    int[][] places = new int[classes][folds];
    int position = 0;
    for (int label = 0; label < seen; label++) {
      for (int i = 0; i < counts[label]; i++) {
        places[label][position++ % folds]++;
      }
    }
    int[] next = new int[classes];
    int[] result = new int[rows.length];
    for (int i = 0; i < rows.length; i++) {
      int label = order[labels[rows[i]]];
      while (places[label][next[label]] == 0) {
        next[label]++;
      }
      places[label][next[label]]--;
      result[i] = next[label];
    }
    return result;
  }
}
