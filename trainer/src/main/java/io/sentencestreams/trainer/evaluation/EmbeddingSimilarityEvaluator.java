package io.sentencestreams.trainer.evaluation;

import io.sentencestreams.model.SimilarityFunction;
import io.sentencestreams.trainer.data.SentencePair;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/**
 * Measures an encoder by how well the similarities of its embeddings correlate with scores that
 * people gave: the task of semantic textual similarity.
 */
public final class EmbeddingSimilarityEvaluator implements Evaluator {
  private final List<SentencePair> pairs;
  private final List<SimilarityFunction> functions;

  /**
   * An evaluator over pairs by cosine similarity.
   *
   * @param pairs at least two
   */
  public EmbeddingSimilarityEvaluator(List<SentencePair> pairs) {
    this(pairs, List.of(SimilarityFunction.COSINE));
  }

  /**
   * An evaluator over pairs.
   *
   * @param pairs at least two
   * @param functions of similarity, at least one
   */
  public EmbeddingSimilarityEvaluator(
      List<SentencePair> pairs, List<SimilarityFunction> functions) {
    this.pairs = List.copyOf(pairs);
    this.functions = Metrics.functions(functions);
    if (pairs.size() < 2) {
      throw new IllegalArgumentException("a correlation needs at least two pairs");
    }
  }

  /**
   * Correlation of similarities with scores; NaN if either is constant.
   *
   * @param pearson of the values
   * @param spearman of their ranks
   */
  public record Correlations(double pearson, double spearman) {}

  /**
   * What was measured.
   *
   * @param correlations for each similarity function, at least one
   */
  public record Result(int pairs, Map<SimilarityFunction, Correlations> correlations)
      implements Evaluation {
    /** Copies the correlations. */
    public Result {
      correlations = Collections.unmodifiableMap(new EnumMap<>(correlations));
    }

    /** Pearson's r, the greatest if there are several similarity functions. */
    public double pearson() {
      return greatest(Correlations::pearson);
    }

    /** Spearman's rho, the greatest if there are several similarity functions. */
    public double spearman() {
      return greatest(Correlations::spearman);
    }

    private double greatest(ToDoubleFunction<Correlations> coefficient) {
      return correlations.values().stream().mapToDouble(coefficient).max().orElseThrow();
    }

    @Override
    public String primaryMetric() {
      return correlations.size() > 1
          ? "spearman_max"
          : "spearman_" + Metrics.name(correlations.keySet().iterator().next());
    }

    @Override
    public Map<String, Double> metrics() {
      Map<String, Double> metrics = new LinkedHashMap<>();
      correlations.forEach(
          (function, values) -> {
            metrics.put("pearson_" + Metrics.name(function), values.pearson());
            metrics.put("spearman_" + Metrics.name(function), values.spearman());
          });
      if (correlations.size() > 1) {
        metrics.put("pearson_max", pearson());
        metrics.put("spearman_max", spearman());
      }
      return metrics;
    }
  }

  /**
   * Encodes every distinct sentence once and compares.
   *
   * @param encoder gives one embedding per text, in the order of the texts; it is called once
   */
  @Override
  public Result evaluate(Function<List<String>, float[][]> encoder) {
    List<String> first = pairs.stream().map(SentencePair::sentence1).toList();
    List<String> second = pairs.stream().map(SentencePair::sentence2).toList();
    Embeddings embeddings = new Embeddings(encoder, first, second);
    float[][] a = embeddings.of(first);
    float[][] b = embeddings.of(second);
    double[] scores = pairs.stream().mapToDouble(SentencePair::score).toArray();
    Map<SimilarityFunction, Correlations> correlations = new EnumMap<>(SimilarityFunction.class);
    for (SimilarityFunction function : functions) {
      double[] similarities = new double[a.length];
      for (int i = 0; i < a.length; i++) {
        similarities[i] = function.similarity(a[i], b[i]);
      }
      correlations.put(
          function,
          new Correlations(
              Correlation.pearson(similarities, scores),
              Correlation.spearman(similarities, scores)));
    }
    return new Result(pairs.size(), correlations);
  }
}
