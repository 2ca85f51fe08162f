package io.sentencestreams.trainer.evaluation;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/** What an evaluator measured: named figures, and the one that chooses between models. */
public interface Evaluation {
  /** The name of the metric by which models are compared; a higher value is a better model. */
  String primaryMetric();

  /** All metrics by the names that Sentence Transformers gives them, such as {@code cosine_ap}. */
  Map<String, Double> metrics();

  /** The value of the primary metric. */
  default double score() {
    return metric(primaryMetric());
  }

  /**
   * The value of a metric.
   *
   * @throws IllegalArgumentException if none has this name
   */
  default double metric(String name) {
    Double value = metrics().get(name);
    if (value == null) {
      throw new IllegalArgumentException(
          "no metric is named '%s', only %s".formatted(name, metrics().keySet()));
    }
    return value;
  }

  /** An evaluation with these metrics, in their order. */
  static Evaluation of(String primaryMetric, Map<String, Double> metrics) {
    Measured measured = new Measured(primaryMetric, metrics);
    measured.score(); // the primary metric must be one of them
    return measured;
  }

  /** Metrics in the order in which they were measured. */
  record Measured(String primaryMetric, Map<String, Double> metrics) implements Evaluation {
    /** Copies the metrics. */
    public Measured {
      metrics = Collections.unmodifiableMap(new LinkedHashMap<>(metrics));
    }
  }
}
