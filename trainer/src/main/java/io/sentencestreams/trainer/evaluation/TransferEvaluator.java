package io.sentencestreams.trainer.evaluation;

import io.sentencestreams.trainer.data.TrainingExample;
import io.sentencestreams.trainer.loss.SoftmaxLoss;
import java.util.Arrays;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * Measures what frozen embeddings know of a classification task, as SentEval does (Conneau and
 * Kiela 2018): a logistic regression is trained on them, the strength of its penalty is chosen on
 * the validation set, and {@code accuracy} is that on the test set. Also given are {@code
 * validation_accuracy} and {@code c}, the strength that was chosen.
 *
 * <p>The features are the embedding of a sentence, or |u - v| and u * v of the embeddings of two.
 */
public final class TransferEvaluator implements Evaluator {
  /** The values of C that SentEval tries. */
  public static final List<Double> SENTEVAL_C = List.of(0.25, 0.5, 1.0, 2.0, 4.0, 8.0);

  private static final SoftmaxLoss.Features PAIR = new SoftmaxLoss.Features(false, true, true);

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
    int texts = train.get(0).texts().size();
    List.of(train, validation, test).forEach(examples -> check(examples, texts));
    BitSet present = new BitSet();
    Arrays.stream(labels(train)).forEach(present::set);
    this.classes = present.length();
    Stream.of(train, validation, test)
        .flatMapToInt(examples -> Arrays.stream(labels(examples)))
        .forEach(present::set);
    if (classes < 2 || present.length() != classes || present.cardinality() != classes) {
      throw new IllegalArgumentException(
          "the training set must have an example of each class from 0, and of two at least; "
              + "all examples together have the classes "
              + present);
    }
  }

  private static void check(List<TrainingExample> examples, int texts) {
    for (int i = 0; i < examples.size(); i++) {
      TrainingExample example = examples.get(i);
      float[] label = example.label();
      if (example.texts().size() != texts
          || texts > 2
          || label.length != 1
          || label[0] < 0
          || label[0] != (int) label[0]) {
        throw new IllegalArgumentException(
            "example %d needs one text or two, as all others, and a class as label: %s"
                .formatted(i + 1, example.texts()));
      }
    }
  }

  private static int[] labels(List<TrainingExample> examples) {
    return examples.stream().mapToInt(example -> (int) example.label()[0]).toArray();
  }

  @Override
  public Evaluation evaluate(Function<List<String>, float[][]> encoder) {
    List<List<TrainingExample>> parts = List.of(train, validation, test);
    Embeddings embeddings =
        new Embeddings(
            encoder,
            parts.stream().flatMap(List::stream).flatMap(e -> e.texts().stream()).toList());
    float[][] features = features(train, embeddings);
    float[][] validationFeatures = features(validation, embeddings);
    LogisticRegression best = null;
    double bestAccuracy = -1;
    double bestC = 0;
    for (double c : inverseStrengths) {
      LogisticRegression model = LogisticRegression.fit(features, labels(train), classes, c);
      double accuracy = model.accuracy(validationFeatures, labels(validation));
      if (accuracy > bestAccuracy) {
        best = model;
        bestAccuracy = accuracy;
        bestC = c;
      }
    }
    Map<String, Double> metrics = new LinkedHashMap<>();
    metrics.put("accuracy", best.accuracy(features(test, embeddings), labels(test)));
    metrics.put("validation_accuracy", bestAccuracy);
    metrics.put("c", bestC);
    return Evaluation.of("accuracy", metrics);
  }

  private static float[][] features(List<TrainingExample> examples, Embeddings embeddings) {
    float[][] rows = new float[examples.size()][];
    for (int i = 0; i < rows.length; i++) {
      float[][] texts = embeddings.of(examples.get(i).texts());
      rows[i] = texts.length == 1 ? texts[0] : PairFeatures.of(texts[0], texts[1], PAIR);
    }
    return rows;
  }
}
