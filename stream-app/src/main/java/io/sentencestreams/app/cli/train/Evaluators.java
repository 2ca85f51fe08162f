package io.sentencestreams.app.cli.train;

import io.sentencestreams.model.SimilarityFunction;
import io.sentencestreams.trainer.data.ExampleReader.BadRows;
import io.sentencestreams.trainer.data.RankingReader;
import io.sentencestreams.trainer.data.SentencePair;
import io.sentencestreams.trainer.data.TrainingData;
import io.sentencestreams.trainer.data.TrainingExample;
import io.sentencestreams.trainer.evaluation.BinaryClassificationEvaluator;
import io.sentencestreams.trainer.evaluation.CrossValidatedTransferEvaluator;
import io.sentencestreams.trainer.evaluation.EmbeddingSimilarityEvaluator;
import io.sentencestreams.trainer.evaluation.Evaluator;
import io.sentencestreams.trainer.evaluation.InformationRetrievalEvaluator;
import io.sentencestreams.trainer.evaluation.LabelAccuracyEvaluator;
import io.sentencestreams.trainer.evaluation.MseEvaluator;
import io.sentencestreams.trainer.evaluation.PairClassifier;
import io.sentencestreams.trainer.evaluation.ParaphraseMiningEvaluator;
import io.sentencestreams.trainer.evaluation.ParaphraseMiningEvaluator.Duplicate;
import io.sentencestreams.trainer.evaluation.RerankingEvaluator;
import io.sentencestreams.trainer.evaluation.TransferEvaluator;
import io.sentencestreams.trainer.evaluation.TranslationEvaluator;
import io.sentencestreams.trainer.evaluation.TripletEvaluator;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import org.apache.kafka.common.config.ConfigException;

/** Makes the evaluators that a configuration names; each reads its files at once. */
final class Evaluators {
  /** Of cross-encoders only. */
  static final String PAIR_ACCURACY = "pair-accuracy";

  static final List<String> NAMES =
      List.of(
          "similarity",
          "binary",
          "triplet",
          "retrieval",
          "reranking",
          "paraphrase-mining",
          "translation",
          "mse",
          "label-accuracy",
          "transfer",
          PAIR_ACCURACY);

  private static final List<SimilarityFunction> COSINE = List.of(SimilarityFunction.COSINE);

  private final BadRows badRows;
  private final Consumer<String> say;
  private final Function<String, Function<List<String>, float[][]>> teachers;
  private final Map<String, PairClassifier> classifiers;

  /**
   * Evaluators of a run.
   *
   * @param teachers gives what a model, by its name, embeds
   * @param classifiers of the tasks that have one, by the tasks' names
   */
  Evaluators(
      BadRows badRows,
      Consumer<String> say,
      Function<String, Function<List<String>, float[][]>> teachers,
      Map<String, PairClassifier> classifiers) {
    this.badRows = badRows;
    this.say = say;
    this.teachers = teachers;
    this.classifiers = Map.copyOf(classifiers);
  }

  /**
   * Makes one.
   *
   * @throws IllegalArgumentException if the data does not fit; the message names the evaluator
   */
  Evaluator of(EvaluatorConfig config) throws IOException {
    try {
      return make(config);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "evaluator.%s: %s: %s".formatted(config.name(), config.source().file(), e.getMessage()),
          e);
    }
  }

  private Evaluator make(EvaluatorConfig config) throws IOException {
    return switch (config.type()) {
      case "similarity" -> new EmbeddingSimilarityEvaluator(pairs(read(config)));
      case "binary" -> new BinaryClassificationEvaluator(pairs(read(config)), COSINE);
      case "triplet" -> {
        TrainingData data = read(config);
        columns(data, 3);
        yield new TripletEvaluator(column(data, 0), column(data, 1), column(data, 2), COSINE);
      }
      case "retrieval" -> retrieval(config);
      case "reranking" -> new RerankingEvaluator(samples(config, badRows, say));
      case "paraphrase-mining" -> paraphrases(read(config));
      case "translation" -> {
        TrainingData data = read(config);
        columns(data, 2);
        yield new TranslationEvaluator(column(data, 0), column(data, 1));
      }
      case "mse" -> {
        TrainingData data = read(config);
        columns(data, 2);
        yield new MseEvaluator(
            column(data, 0), column(data, 1), teachers.apply(config.getString("teacher")));
      }
      case "label-accuracy" ->
          new LabelAccuracyEvaluator(read(config).examples(), classifier(config));
      case PAIR_ACCURACY ->
          throw new ConfigException(
              "evaluator.%s: type %s measures cross-encoders"
                  .formatted(config.name(), config.type()));
      default -> transfer(config);
    };
  }

  private Evaluator transfer(EvaluatorConfig config) throws IOException {
    int folds = config.getInt(EvaluatorConfig.FOLDS);
    if (folds > 0) {
      return new CrossValidatedTransferEvaluator(
          read(config).examples(), folds, TransferEvaluator.SENTEVAL_C);
    }
    return new TransferEvaluator(
        config.source("train.data").read(badRows, say).examples(),
        config.source("dev.data").read(badRows, say).examples(),
        read(config).examples(),
        TransferEvaluator.SENTEVAL_C);
  }

  private PairClassifier classifier(EvaluatorConfig config) {
    PairClassifier classifier = classifiers.get(config.getString("task"));
    if (classifier == null) {
      throw new ConfigException(
          "evaluator.%s: no task named '%s' has a classifier that can be measured here; of tasks with loss softmax, in validation, %s"
              .formatted(config.name(), config.getString("task"), classifiers.keySet()));
    }
    return classifier;
  }

  /** Queries with documents that are relevant for them, and others. */
  static List<RerankingEvaluator.Sample> samples(
      EvaluatorConfig config, BadRows badRows, Consumer<String> say) throws IOException {
    return RankingReader.read(config.source().file(), badRows, say).stream()
        .map(
            query ->
                new RerankingEvaluator.Sample(query.text(), query.positives(), query.negatives()))
        .toList();
  }

  private TrainingData read(EvaluatorConfig config) throws IOException {
    return config.source().read(badRows, say);
  }

  private static void columns(TrainingData data, int wanted) {
    if (data.columns() != wanted) {
      throw new IllegalArgumentException(
          "it has %d texts in a row, but %d are needed".formatted(data.columns(), wanted));
    }
  }

  private static List<String> column(TrainingData data, int column) {
    return data.examples().stream().map(example -> example.texts().get(column)).toList();
  }

  /** Pairs with scores. */
  static List<SentencePair> pairs(TrainingData data) {
    columns(data, 2);
    List<SentencePair> pairs = new ArrayList<>();
    for (TrainingExample example : data.examples()) {
      if (example.label().length != 1) {
        throw new IllegalArgumentException("its rows have no label: name its column");
      }
      pairs.add(
          new SentencePair(example.texts().get(0), example.texts().get(1), example.label()[0]));
    }
    return pairs;
  }

  private static Evaluator paraphrases(TrainingData data) {
    columns(data, 2);
    Map<String, String> sentences = new LinkedHashMap<>();
    Set<Duplicate> duplicates = new LinkedHashSet<>();
    for (TrainingExample example : data.examples()) {
      String a = example.texts().get(0);
      String b = example.texts().get(1);
      sentences.put(a, a);
      sentences.put(b, b);
      if (!a.equals(b)) {
        duplicates.add(new Duplicate(a, b));
      }
    }
    return new ParaphraseMiningEvaluator(sentences, List.copyOf(duplicates));
  }

  private Evaluator retrieval(EvaluatorConfig config) throws IOException {
    Map<String, String> queries = new LinkedHashMap<>();
    Map<String, String> corpus = new LinkedHashMap<>();
    Map<String, Set<String>> relevant = new LinkedHashMap<>();
    for (RankingReader.Query query : RankingReader.read(config.source().file(), badRows, say)) {
      queries.put(query.text(), query.text());
      relevant
          .computeIfAbsent(query.text(), any -> new LinkedHashSet<>())
          .addAll(query.positives());
      query.positives().forEach(text -> corpus.put(text, text));
      query.negatives().forEach(text -> corpus.put(text, text));
    }
    if (config.corpus().isPresent()) {
      RankingReader.lines(config.corpus().get()).forEach(text -> corpus.put(text, text));
    }
    return new InformationRetrievalEvaluator(queries, corpus, relevant);
  }
}
