package io.sentencestreams.trainer.evaluation;

import io.sentencestreams.model.SimilarityFunction;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Measures how well the documents given with a query are ranked: {@code map}, {@code mrr@k} and
 * {@code ndcg@k}. Where documents are equally similar, average precision takes them as one step,
 * NDCG is the mean over their orders, and for MRR the relevant one comes first.
 */
public final class RerankingEvaluator implements Evaluator {
  private final List<Sample> samples;
  private final int skipped;
  private final int k;
  private final SimilarityFunction function;

  /**
   * A query and its documents.
   *
   * @param positives documents that are relevant
   * @param negatives documents that are not
   */
  public record Sample(String query, List<String> positives, List<String> negatives) {
    /** Copies the documents. */
    public Sample {
      positives = List.copyOf(positives);
      negatives = List.copyOf(negatives);
    }
  }

  /** An evaluator by cosine similarity that looks at the first 10 documents. */
  public RerankingEvaluator(List<Sample> samples) {
    this(samples, 10, SimilarityFunction.COSINE);
  }

  /**
   * An evaluator.
   *
   * @param samples those without positives or without negatives say nothing and are skipped; at
   *     least one must have both
   * @param k how many of the first documents MRR and NDCG look at
   */
  public RerankingEvaluator(List<Sample> samples, int k, SimilarityFunction function) {
    this.samples = usable(samples, k);
    this.skipped = samples.size() - this.samples.size();
    this.k = k;
    this.function = function;
  }

  /** Those that have positives and negatives. */
  static List<Sample> usable(List<Sample> samples, int k) {
    List<Sample> usable =
        samples.stream()
            .filter(sample -> !sample.positives().isEmpty() && !sample.negatives().isEmpty())
            .toList();
    if (usable.isEmpty() || k < 1) {
      throw new IllegalArgumentException(
          "%d samples have positives and negatives, k is %d; each must be at least 1"
              .formatted(usable.size(), k));
    }
    return usable;
  }

  /** How many samples were skipped for lack of positives or negatives. */
  public int skipped() {
    return skipped;
  }

  @Override
  public Evaluation evaluate(Function<List<String>, float[][]> encoder) {
    return evaluate(encoder, encoder);
  }

  /** Measures an encoder that treats queries and documents differently, for instance by prompts. */
  public Evaluation evaluate(
      Function<List<String>, float[][]> queryEncoder,
      Function<List<String>, float[][]> documentEncoder) {
    List<String> queries = samples.stream().map(Sample::query).toList();
    List<String> all =
        samples.stream()
            .flatMap(sample -> Stream.of(sample.positives(), sample.negatives()))
            .flatMap(List::stream)
            .toList();
    float[][] queryRows = new Embeddings(queryEncoder, queries).of(queries);
    Embeddings documents = new Embeddings(documentEncoder, all);
    Sums sums = new Sums(k);
    for (int i = 0; i < queryRows.length; i++) {
      Sample sample = samples.get(i);
      List<String> texts = new ArrayList<>(sample.positives());
      texts.addAll(sample.negatives());
      float[] scores = function.matrix(new float[][] {queryRows[i]}, documents.of(texts))[0];
      sums.add(scores, sample.positives().size());
    }
    return sums.means();
  }

  /** What the rankings of queries add up to. */
  static final class Sums {
    private final int k;
    private int queries;
    private double map;
    private double mrr;
    private double ndcg;

    Sums(int k) {
      this.k = k;
    }

    /** The first {@code positives} scores of a query are those of relevant documents. */
    void add(float[] scores, int positives) {
      Ranking ranking = new Ranking(scores, positives);
      map += ranking.averagePrecision();
      mrr += RankMetrics.reciprocalRank(ranking.relevant, k);
      ndcg += ranking.ndcg(k);
      queries++;
    }

    Evaluation means() {
      Map<String, Double> metrics = new LinkedHashMap<>();
      metrics.put("map", map / queries);
      metrics.put("mrr@" + k, mrr / queries);
      metrics.put("ndcg@" + k, ndcg / queries);
      return Evaluation.of("ndcg@" + k, metrics);
    }
  }

  /** Documents in decreasing order of their scores, in which those of equal scores form a group. */
  static final class Ranking {
    private final boolean[] relevant;
    private final int[] groupEnds;
    private final int positives;

    /** The first {@code positives} scores are those of relevant documents. */
    Ranking(float[] scores, int positives) {
      this.positives = positives;
      int[] order =
          IntStream.range(0, scores.length)
              .boxed()
              .sorted((a, b) -> Float.compare(scores[b], scores[a]))
              .mapToInt(Integer::intValue)
              .toArray();
      relevant = new boolean[order.length];
      IntStream.range(0, order.length).forEach(rank -> relevant[rank] = order[rank] < positives);
      groupEnds =
          IntStream.rangeClosed(1, order.length)
              .filter(end -> end == order.length || scores[order[end]] != scores[order[end - 1]])
              .toArray();
    }

    double averagePrecision() {
      double sum = 0;
      int from = 0;
      for (int to : groupEnds) {
        int correct = RankMetrics.correct(relevant, to);
        sum += (double) (correct - RankMetrics.correct(relevant, from)) * correct / to;
        from = to;
      }
      return sum / positives;
    }

    /** With the mean gain over all orders of documents that are equally similar. */
    double ndcg(int k) {
      double gain = 0;
      int from = 0;
      for (int to : groupEnds) {
        double correct = RankMetrics.correct(relevant, to) - RankMetrics.correct(relevant, from);
        for (int rank = from; rank < Math.min(to, k); rank++) {
          gain += correct / (to - from) * RankMetrics.discount(rank);
        }
        from = to;
      }
      return gain / RankMetrics.idealGain(positives, k);
    }
  }
}
