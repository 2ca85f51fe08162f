package io.sentencestreams.trainer.evaluation;

import io.sentencestreams.trainer.data.TrainingExample;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Measures how often a classifier on top of an encoder, such as that of the softmax loss, gives
 * pairs of sentences their label: {@code accuracy}.
 */
public final class LabelAccuracyEvaluator implements Evaluator {
  private final List<String> first;
  private final List<String> second;
  private final int[] labels;
  private final PairClassifier classifier;

  /**
   * An evaluator over labelled pairs.
   *
   * @param examples at least one, each with two texts and a class, counted from 0, as its label
   * @throws IllegalArgumentException if an example has not
   */
  public LabelAccuracyEvaluator(List<TrainingExample> examples, PairClassifier classifier) {
    this.labels = Classified.pairLabels(examples);
    this.first = examples.stream().map(example -> example.texts().get(0)).toList();
    this.second = examples.stream().map(example -> example.texts().get(1)).toList();
    this.classifier = classifier;
    Metrics.sameSize("labelled pairs", first, second);
  }

  @Override
  public Evaluation evaluate(Function<List<String>, float[][]> encoder) {
    Embeddings embeddings = new Embeddings(encoder, first, second);
    int[] classes = classifier.classify(embeddings.of(first), embeddings.of(second));
    int correct = 0;
    for (int i = 0; i < labels.length; i++) {
      correct += classes[i] == labels[i] ? 1 : 0;
    }
    return Evaluation.of("accuracy", Map.of("accuracy", (double) correct / labels.length));
  }
}
