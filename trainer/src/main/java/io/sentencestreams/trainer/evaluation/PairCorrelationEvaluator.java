package io.sentencestreams.trainer.evaluation;

import io.sentencestreams.model.TextPair;
import io.sentencestreams.trainer.data.SentencePair;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Measures a cross-encoder by how well its scores correlate with those that people gave: {@code
 * pearson}, which depends on whether they are behind their activation, and {@code spearman}, which
 * does not; NaN where either side is constant.
 */
public final class PairCorrelationEvaluator implements PairEvaluator {
  private final List<TextPair> pairs;
  private final double[] gold;

  /**
   * An evaluator.
   *
   * @param pairs at least two
   */
  public PairCorrelationEvaluator(List<SentencePair> pairs) {
    if (pairs.size() < 2) {
      throw new IllegalArgumentException("a correlation needs at least two pairs");
    }
    this.pairs =
        pairs.stream().map(pair -> new TextPair(pair.sentence1(), pair.sentence2())).toList();
    this.gold = pairs.stream().mapToDouble(SentencePair::score).toArray();
  }

  @Override
  public void checkLabels(int labels) {
    PairScores.requireScore(labels);
  }

  @Override
  public Evaluation evaluate(Function<List<TextPair>, float[][]> scores) {
    float[] single = PairScores.single(scores, pairs);
    double[] found = new double[single.length];
    for (int i = 0; i < found.length; i++) {
      found[i] = single[i];
    }
    Map<String, Double> metrics = new LinkedHashMap<>();
    metrics.put("pearson", Correlation.pearson(found, gold));
    metrics.put("spearman", Correlation.spearman(found, gold));
    return Evaluation.of("spearman", metrics);
  }
}
