package io.sentencestreams.trainer.evaluation;

import io.sentencestreams.trainer.data.TrainingExample;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Measures what frozen embeddings know of a classification task, as SentEval does (Conneau and
 * Kiela 2018): a logistic regression is trained on them, the strength of its penalty is chosen on
 * the validation set, and {@code accuracy} is that on the test set. Also given are {@code
 * validation_accuracy} and {@code c}, the strength that was chosen.
 *
 * <p>The features are the embedding of a sentence, or |u - v| and u * v of the embeddings of two.
 * For a task without a split of its own there is {@link CrossValidatedTransferEvaluator}.
 */
public final class TransferEvaluator implements Evaluator {
  /** The values of C that SentEval tries. */
  public static final List<Double> SENTEVAL_C = List.of(0.25, 0.5, 1.0, 2.0, 4.0, 8.0);

  private final List<TrainingExample> train;
  private final List<TrainingExample> validation;
  private final List<TrainingExample> test;
  private final List<Double> inverseStrengths;
  private final int classes;

  /**
   * An evaluator. Each example has one or two texts and a class, counted from 0, as its label.
   *
   * @param train at least one example of each class
   * @param validation at least one
   * @param test at least one
   * @param inverseStrengths values of C to choose from, at least one
   * @throws IllegalArgumentException if an example has no such texts or label, or a class is not in
   *     the training set
   */
  public TransferEvaluator(
      List<TrainingExample> train,
      List<TrainingExample> validation,
      List<TrainingExample> test,
      List<Double> inverseStrengths) {
    if (train.isEmpty() || validation.isEmpty() || test.isEmpty() || inverseStrengths.isEmpty()) {
      throw new IllegalArgumentException(
          "%d training, %d validation and %d test examples, %d values of C; none may be 0"
              .formatted(train.size(), validation.size(), test.size(), inverseStrengths.size()));
    }
    this.train = List.copyOf(train);
    this.validation = List.copyOf(validation);
    this.test = List.copyOf(test);
    this.inverseStrengths = List.copyOf(inverseStrengths);
    this.classes = Classified.classes(train, validation, test);
  }

  @Override
  public Evaluation evaluate(Function<List<String>, float[][]> encoder) {
    List<List<TrainingExample>> parts = List.of(train, validation, test);
    Embeddings embeddings =
        new Embeddings(
            encoder,
            parts.stream().flatMap(List::stream).flatMap(e -> e.texts().stream()).toList());
    float[][] features = Classified.features(train, embeddings);
    float[][] validationFeatures = Classified.features(validation, embeddings);
    LogisticRegression best = null;
    double bestAccuracy = -1;
    double bestC = 0;
    for (double c : inverseStrengths) {
      LogisticRegression model =
          LogisticRegression.fit(features, Classified.labels(train), classes, c);
      double accuracy = model.accuracy(validationFeatures, Classified.labels(validation));
      if (accuracy > bestAccuracy) {
        best = model;
        bestAccuracy = accuracy;
        bestC = c;
      }
    }
    Map<String, Double> metrics = new LinkedHashMap<>();
    metrics.put(
        "accuracy", best.accuracy(Classified.features(test, embeddings), Classified.labels(test)));
    metrics.put("validation_accuracy", bestAccuracy);
    metrics.put("c", bestC);
    return Evaluation.of("accuracy", metrics);
  }
}
