package io.sentencestreams.trainer.evaluation;

import io.sentencestreams.model.SimilarityFunction;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;

/** What evaluators share: checks of their data, and metrics of several similarity functions. */
final class Metrics {
  private Metrics() {}

  /** The name of a similarity function in a metric: cosine, dot, euclidean or manhattan. */
  static String name(SimilarityFunction function) {
    return function.name().toLowerCase(Locale.ROOT);
  }

  /** Copies similarity functions; at least one, each once. */
  static List<SimilarityFunction> functions(List<SimilarityFunction> functions) {
    if (functions.isEmpty() || functions.stream().distinct().count() != functions.size()) {
      throw new IllegalArgumentException(
          "at least one similarity function is needed, and each once, not " + functions);
    }
    return List.copyOf(functions);
  }

  /** Lines up columns of texts. */
  @SafeVarargs
  static void sameSize(String what, List<String>... columns) {
    for (List<String> column : columns) {
      if (column.isEmpty() || column.size() != columns[0].size()) {
        throw new IllegalArgumentException(
            "%s need the same number of texts in each column, at least one, not %d and %d"
                .formatted(what, columns[0].size(), column.size()));
      }
    }
  }

  /**
   * The metrics of each function under {@code function_metric}; with several functions also the
   * greatest value of each metric, under {@code max_metric}.
   */
  static Evaluation ofFunctions(
      List<SimilarityFunction> functions,
      String primary,
      Function<SimilarityFunction, Map<String, Double>> measure) {
    Map<String, Double> metrics = new LinkedHashMap<>();
    Map<String, Double> greatest = new LinkedHashMap<>();
    for (SimilarityFunction function : functions) {
      measure
          .apply(function)
          .forEach(
              (metric, value) -> {
                metrics.put(name(function) + "_" + metric, value);
                greatest.merge("max_" + metric, value, Math::max);
              });
    }
    if (functions.size() == 1) {
      return Evaluation.of(name(functions.get(0)) + "_" + primary, metrics);
    }
    metrics.putAll(greatest);
    return Evaluation.of("max_" + primary, metrics);
  }
}
