package io.sentencestreams.trainer.evaluation;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/**
 * Runs evaluators one after the other. Their metrics carry their names, as in {@code
 * sts-dev_spearman_cosine}; {@code sequential_score} is made of their scores.
 */
public final class SequentialEvaluator implements Evaluator {
  private final Map<String, Evaluator> evaluators;
  private final ToDoubleFunction<List<Double>> mainScore;

  /**
   * Evaluators of which the last one's score is the main score.
   *
   * @param evaluators by name, in the order of the map; at least one
   */
  public SequentialEvaluator(Map<String, Evaluator> evaluators) {
    this(evaluators, scores -> scores.get(scores.size() - 1));
  }

  /**
   * Evaluators with a main score of your own.
   *
   * @param evaluators by name, in the order of the map; at least one
   * @param mainScore makes one score of the scores of all evaluators, in their order
   */
  public SequentialEvaluator(
      Map<String, Evaluator> evaluators, ToDoubleFunction<List<Double>> mainScore) {
    if (evaluators.isEmpty()) {
      throw new IllegalArgumentException("at least one evaluator is needed");
    }
    this.evaluators = new LinkedHashMap<>(evaluators);
    this.mainScore = mainScore;
  }

  /**
   * Measures an encoder with each evaluator.
   *
   * @throws IllegalStateException if two evaluators give a metric the same name
   */
  @Override
  public Evaluation evaluate(Function<List<String>, float[][]> encoder) {
    Map<String, Evaluation> evaluations = new LinkedHashMap<>();
    evaluators.forEach((name, evaluator) -> evaluations.put(name, evaluator.evaluate(encoder)));
    return combine(evaluations, mainScore);
  }

  /** One evaluation of several, whose metrics carry their names. */
  static Evaluation combine(
      Map<String, Evaluation> evaluations, ToDoubleFunction<List<Double>> mainScore) {
    Map<String, Double> metrics = new LinkedHashMap<>();
    List<Double> scores = new ArrayList<>();
    evaluations.forEach(
        (name, evaluation) -> {
          scores.add(evaluation.score());
          evaluation
              .metrics()
              .forEach(
                  (metric, value) -> {
                    if (metrics.put(name + "_" + metric, value) != null) {
                      throw new IllegalStateException(
                          "two evaluators give the metric " + name + "_" + metric);
                    }
                  });
        });
    metrics.put("sequential_score", mainScore.applyAsDouble(scores));
    return Evaluation.of("sequential_score", metrics);
  }
}
