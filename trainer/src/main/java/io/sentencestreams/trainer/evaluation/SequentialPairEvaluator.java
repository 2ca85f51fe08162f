package io.sentencestreams.trainer.evaluation;

import io.sentencestreams.model.TextPair;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** Runs evaluators of cross-encoders one after the other, as {@link SequentialEvaluator} does. */
public final class SequentialPairEvaluator implements PairEvaluator {
  private final Map<String, PairEvaluator> evaluators;

  /**
   * Evaluators of which the first one's score is the main score.
   *
   * @param evaluators by name, in the order of the map; at least one
   */
  public SequentialPairEvaluator(Map<String, PairEvaluator> evaluators) {
    if (evaluators.isEmpty()) {
      throw new IllegalArgumentException("at least one evaluator is needed");
    }
    this.evaluators = new LinkedHashMap<>(evaluators);
  }

  @Override
  public void checkLabels(int labels) {
    evaluators.values().forEach(evaluator -> evaluator.checkLabels(labels));
  }

  @Override
  public Evaluation evaluate(Function<List<TextPair>, float[][]> scores) {
    Map<String, Evaluation> evaluations = new LinkedHashMap<>();
    evaluators.forEach((name, evaluator) -> evaluations.put(name, evaluator.evaluate(scores)));
    return SequentialEvaluator.combine(evaluations, all -> all.get(0));
  }
}
