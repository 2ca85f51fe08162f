package io.sentencestreams.trainer.evaluation;

import io.sentencestreams.model.TextPair;
import io.sentencestreams.trainer.evaluation.RerankingEvaluator.Sample;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * Measures how well a cross-encoder ranks the documents given with a query: the figures of {@link
 * RerankingEvaluator}.
 */
public final class PairRerankingEvaluator implements PairEvaluator {
  private final List<Sample> samples;
  private final int k;

  /** An evaluator that looks at the first 10 documents. */
  public PairRerankingEvaluator(List<Sample> samples) {
    this(samples, 10);
  }

  /**
   * An evaluator.
   *
   * @param samples as {@link RerankingEvaluator} takes them
   * @param k how many of the first documents MRR and NDCG look at
   */
  public PairRerankingEvaluator(List<Sample> samples, int k) {
    this.samples = RerankingEvaluator.usable(samples, k);
    this.k = k;
  }

  @Override
  public void checkLabels(int labels) {
    PairScores.requireScore(labels);
  }

  @Override
  public Evaluation evaluate(Function<List<TextPair>, float[][]> scores) {
    List<TextPair> pairs = new ArrayList<>();
    for (Sample sample : samples) {
      Stream.of(sample.positives(), sample.negatives())
          .flatMap(List::stream)
          .forEach(document -> pairs.add(new TextPair(sample.query(), document)));
    }
    float[] single = PairScores.single(scores, pairs);
    RerankingEvaluator.Sums sums = new RerankingEvaluator.Sums(k);
    int from = 0;
    for (Sample sample : samples) {
      int to = from + sample.positives().size() + sample.negatives().size();
      sums.add(Arrays.copyOfRange(single, from, to), sample.positives().size());
      from = to;
    }
    return sums.means();
  }
}
