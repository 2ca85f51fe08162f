package io.sentencestreams.trainer.evaluation;

import io.sentencestreams.model.TextPair;
import java.util.List;
import java.util.function.Function;

/** What a cross-encoder makes of the pairs of an evaluator, checked. */
final class PairScores {
  private PairScores() {}

  /** [pairs, labels]. */
  static float[][] of(Function<List<TextPair>, float[][]> scores, List<TextPair> pairs) {
    float[][] rows = scores.apply(pairs);
    if (rows.length != pairs.size()) {
      throw new IllegalStateException(
          "the model gave %d rows for %d pairs".formatted(rows.length, pairs.size()));
    }
    for (float[] row : rows) {
      for (float value : row) {
        if (!Float.isFinite(value)) {
          throw new IllegalStateException("the model gave a score of " + value);
        }
      }
    }
    return rows;
  }

  /** One score for each pair. */
  static float[] single(Function<List<TextPair>, float[][]> scores, List<TextPair> pairs) {
    float[][] rows = of(scores, pairs);
    float[] single = new float[rows.length];
    for (int i = 0; i < rows.length; i++) {
      requireScore(rows[i].length);
      single[i] = rows[i][0];
    }
    return single;
  }

  static void requireScore(int labels) {
    if (labels != 1) {
      throw new IllegalArgumentException(
          "a score is needed, but the model has %d labels".formatted(labels));
    }
  }
}
