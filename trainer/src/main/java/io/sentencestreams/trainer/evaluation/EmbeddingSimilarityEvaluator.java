package io.sentencestreams.trainer.evaluation;

import io.sentencestreams.model.SimilarityFunction;
import io.sentencestreams.trainer.data.SentencePair;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Measures an encoder by how well the cosine similarities of its embeddings correlate with scores
 * that people gave: the task of semantic textual similarity.
 */
public final class EmbeddingSimilarityEvaluator {
  private final List<SentencePair> pairs;

  /**
   * An evaluator over pairs.
   *
   * @param pairs at least two
   */
  public EmbeddingSimilarityEvaluator(List<SentencePair> pairs) {
    this.pairs = List.copyOf(pairs);
    if (pairs.size() < 2) {
      throw new IllegalArgumentException("a correlation needs at least two pairs");
    }
  }

  /**
   * What was measured.
   *
   * @param pearson correlation of cosine similarities with scores; NaN if either is constant
   * @param spearman the same of their ranks
   */
  public record Result(int pairs, double pearson, double spearman) {}

  /**
   * Encodes every distinct sentence once and compares.
   *
   * @param encoder gives one embedding per text, in the order of the texts; it is called once
   */
  public Result evaluate(Function<List<String>, float[][]> encoder) {
    Map<String, Integer> rows = new LinkedHashMap<>();
    for (SentencePair pair : pairs) {
      rows.putIfAbsent(pair.sentence1(), rows.size());
      rows.putIfAbsent(pair.sentence2(), rows.size());
    }
    float[][] embeddings = encoder.apply(new ArrayList<>(rows.keySet()));
    if (embeddings.length != rows.size()) {
      throw new IllegalStateException(
          "the encoder gave %d embeddings for %d texts".formatted(embeddings.length, rows.size()));
    }
    double[] similarities = new double[pairs.size()];
    double[] scores = new double[pairs.size()];
    for (int i = 0; i < similarities.length; i++) {
      SentencePair pair = pairs.get(i);
      similarities[i] =
          SimilarityFunction.COSINE.similarity(
              embeddings[rows.get(pair.sentence1())], embeddings[rows.get(pair.sentence2())]);
      scores[i] = pair.score();
    }
    return new Result(
        pairs.size(),
        Correlation.pearson(similarities, scores),
        Correlation.spearman(similarities, scores));
  }
}
