package io.sentencestreams.trainer.evaluation;

import io.sentencestreams.model.TextPair;
import io.sentencestreams.trainer.data.TrainingExample;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Measures how often the greatest of a cross-encoder's numbers is that of a pair's class: {@code
 * accuracy}.
 */
public final class PairAccuracyEvaluator implements PairEvaluator {
  private final List<TextPair> pairs;
  private final int[] labels;

  /**
   * An evaluator over labelled pairs.
   *
   * @param examples at least one, each with two texts and a class, counted from 0, as its label
   * @throws IllegalArgumentException if an example has not
   */
  public PairAccuracyEvaluator(List<TrainingExample> examples) {
    if (examples.isEmpty()) {
      throw new IllegalArgumentException("an accuracy needs at least one pair");
    }
    this.labels = Classified.pairLabels(examples);
    this.pairs =
        examples.stream()
            .map(example -> new TextPair(example.texts().get(0), example.texts().get(1)))
            .toList();
  }

  @Override
  public void checkLabels(int count) {
    for (int i = 0; i < labels.length; i++) {
      if (count < 2 || labels[i] >= count) {
        throw new IllegalArgumentException(
            "pair %d is of class %d, but the model has %d labels"
                .formatted(i + 1, labels[i], count));
      }
    }
  }

  @Override
  public Evaluation evaluate(Function<List<TextPair>, float[][]> scores) {
    float[][] rows = PairScores.of(scores, pairs);
    checkLabels(rows[0].length);
    int correct = 0;
    for (int i = 0; i < rows.length; i++) {
      correct += greatest(rows[i]) == labels[i] ? 1 : 0;
    }
    return Evaluation.of("accuracy", Map.of("accuracy", (double) correct / labels.length));
  }

  private static int greatest(float[] row) {
    int greatest = 0;
    for (int i = 1; i < row.length; i++) {
      greatest = row[i] > row[greatest] ? i : greatest;
    }
    return greatest;
  }
}
