package io.sentencestreams.trainer.evaluation;

import io.sentencestreams.model.search.SemanticSearch;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Measures for how many sentences the most similar sentence of the other language, by cosine, is
 * their translation: {@code src2trg_accuracy}, {@code trg2src_accuracy} and the mean of both. It is
 * the task of Tatoeba (Artetxe and Schwenk 2019). A sentence that stands several times is found at
 * any of its places.
 */
public final class TranslationEvaluator implements Evaluator {
  private final List<String> sources;
  private final List<String> targets;

  /**
   * An evaluator over parallel sentences.
   *
   * @param sources at least one
   * @param targets the translation of each source
   */
  public TranslationEvaluator(List<String> sources, List<String> targets) {
    Metrics.sameSize("parallel sentences", sources, targets);
    this.sources = List.copyOf(sources);
    this.targets = List.copyOf(targets);
  }

  @Override
  public Evaluation evaluate(Function<List<String>, float[][]> encoder) {
    Embeddings embeddings = new Embeddings(encoder, sources, targets);
    float[][] source = embeddings.of(sources);
    float[][] target = embeddings.of(targets);
    double forward = accuracy(source, target, targets);
    double backward = accuracy(target, source, sources);
    Map<String, Double> metrics = new LinkedHashMap<>();
    metrics.put("src2trg_accuracy", forward);
    metrics.put("trg2src_accuracy", backward);
    metrics.put("mean_accuracy", (forward + backward) / 2);
    return Evaluation.of("mean_accuracy", metrics);
  }

  private static double accuracy(float[][] queries, float[][] corpus, List<String> texts) {
    List<List<SemanticSearch.Hit>> nearest = new SemanticSearch(corpus).search(queries, 1);
    int correct = 0;
    for (int i = 0; i < queries.length; i++) {
      String found = texts.get(nearest.get(i).get(0).index());
      correct += found.equals(texts.get(i)) ? 1 : 0;
    }
    return (double) correct / queries.length;
  }
}
