package io.sentencestreams.trainer.evaluation;

import io.sentencestreams.model.SimilarityFunction;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Measures for how many triplets the anchor is more similar to the positive than to the negative:
 * {@code accuracy} for each similarity function.
 */
public final class TripletEvaluator implements Evaluator {
  private final List<String> anchors;
  private final List<String> positives;
  private final List<String> negatives;
  private final List<SimilarityFunction> functions;
  private final Map<SimilarityFunction, Double> margins;

  /**
   * An evaluator without margins.
   *
   * @param anchors at least one
   * @param positives one for each anchor
   * @param negatives one for each anchor
   * @param functions of similarity, at least one
   */
  public TripletEvaluator(
      List<String> anchors,
      List<String> positives,
      List<String> negatives,
      List<SimilarityFunction> functions) {
    this(anchors, positives, negatives, functions, Map.of());
  }

  /**
   * An evaluator with margins.
   *
   * @param margins by which the positive must be more similar than the negative; 0 where none is
   *     given
   */
  public TripletEvaluator(
      List<String> anchors,
      List<String> positives,
      List<String> negatives,
      List<SimilarityFunction> functions,
      Map<SimilarityFunction, Double> margins) {
    this.anchors = List.copyOf(anchors);
    this.positives = List.copyOf(positives);
    this.negatives = List.copyOf(negatives);
    this.functions = Metrics.functions(functions);
    this.margins = Map.copyOf(margins);
    Metrics.sameSize("triplets", anchors, positives, negatives);
  }

  @Override
  public Evaluation evaluate(Function<List<String>, float[][]> encoder) {
    Embeddings embeddings = new Embeddings(encoder, anchors, positives, negatives);
    float[][] anchor = embeddings.of(anchors);
    float[][] positive = embeddings.of(positives);
    float[][] negative = embeddings.of(negatives);
    return Metrics.ofFunctions(
        functions,
        "accuracy",
        function -> {
          float[] near = function.pairwise(anchor, positive);
          float[] far = function.pairwise(anchor, negative);
          float margin = margins.getOrDefault(function, 0.0).floatValue();
          int correct = 0;
          for (int i = 0; i < near.length; i++) {
            correct += near[i] > far[i] + margin ? 1 : 0;
          }
          return Map.of("accuracy", (double) correct / near.length);
        });
  }
}
