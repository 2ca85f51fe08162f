package io.sentencestreams.trainer.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sentencestreams.model.SimilarityFunction;
import io.sentencestreams.trainer.data.SentencePair;
import io.sentencestreams.trainer.data.TrainingExample;
import io.sentencestreams.trainer.loss.SoftmaxLoss.Features;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Golden file: tests/python/evaluation_goldens.py. */
class EvaluatorGoldenTest {
  /** The reference computes similarities, thresholds and means of them with single precision. */
  private static final double SINGLE = 2e-6;

  /** Metrics that count are computed with double precision on both sides. */
  private static final double DOUBLE = 1e-12;

  private static final ObjectMapper JSON = new ObjectMapper();

  static Stream<Named<JsonNode>> cases() throws IOException {
    try (InputStream in =
        EvaluatorGoldenTest.class.getResourceAsStream("/golden/evaluation.json")) {
      return StreamSupport.stream(JSON.readTree(in).spliterator(), false)
          .map(node -> Named.of(node.path("name").asText(), node))
          .toList()
          .stream();
    }
  }

  static Stream<Named<JsonNode>> transferCases() throws IOException {
    return cases().filter(named -> named.getName().startsWith("transfer"));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void shouldMeasureWhatTheReferenceMeasures(JsonNode golden) {
    Map<String, float[]> embeddings =
        convert(golden.path("embeddings"), new TypeReference<Map<String, float[]>>() {});
    Function<List<String>, float[][]> encoder =
        texts -> texts.stream().map(embeddings::get).toArray(float[][]::new);
    Evaluation evaluation = evaluator(golden, encoder).evaluate(encoder);
    Map<String, Double> expected =
        convert(golden.path("metrics"), new TypeReference<Map<String, Double>>() {});
    assertThat(evaluation.metrics()).containsOnlyKeys(expected.keySet());
    expected.forEach(
        (metric, value) ->
            assertThat(evaluation.metric(metric))
                .as(metric)
                .isCloseTo(
                    value,
                    within(single(metric) ? SINGLE * Math.max(1, Math.abs(value)) : DOUBLE)));
    assertThat(evaluation.primaryMetric()).isEqualTo(golden.path("primary").asText());
    assertThat(evaluation.score()).isEqualTo(evaluation.metric(evaluation.primaryMetric()));
  }

  /** What depends on the values of similarities and not on their order alone. */
  private static boolean single(String metric) {
    return metric.contains("threshold")
        || metric.startsWith("pearson")
        || metric.equals("negative_mse")
        || metric.matches("[a-z]+_accuracy"); // of triplets: the reference's mean is single
  }

  @ParameterizedTest
  @MethodSource("transferCases")
  void shouldGiveTheProbabilitiesOfScikitLearn(JsonNode golden) {
    JsonNode data = golden.path("data");
    Map<String, float[]> embeddings =
        convert(golden.path("embeddings"), new TypeReference<Map<String, float[]>>() {});
    List<TrainingExample> train = examples(data.path("train"));
    int[] labels = train.stream().mapToInt(example -> (int) example.label()[0]).toArray();
    List<double[][]> expected =
        convert(data.path("probabilities"), new TypeReference<List<double[][]>>() {});
    List<TrainingExample> test = examples(data.path("test"));
    for (int i = 0; i < expected.size(); i++) {
      LogisticRegression model =
          LogisticRegression.fit(
              features(train, embeddings),
              labels,
              data.path("classes").asInt(),
              data.path("grid").path(i).asDouble());
      for (int row = 0; row < expected.get(i).length; row++) {
        assertThat(model.probabilities(features(test, embeddings)[row]))
            .containsExactly(expected.get(i)[row], within(1e-5));
      }
    }
  }

  private static float[][] features(List<TrainingExample> examples, Map<String, float[]> vectors) {
    return examples.stream()
        .map(
            example -> {
              float[] u = vectors.get(example.texts().get(0));
              return example.texts().size() == 1
                  ? u
                  : PairFeatures.of(
                      u, vectors.get(example.texts().get(1)), new Features(false, true, true));
            })
        .toArray(float[][]::new);
  }

  private static Evaluator evaluator(JsonNode golden, Function<List<String>, float[][]> encoder) {
    JsonNode data = golden.path("data");
    List<SimilarityFunction> functions =
        StreamSupport.stream(data.path("functions").spliterator(), false)
            .map(name -> SimilarityFunction.valueOf(name.asText().toUpperCase(Locale.ROOT)))
            .toList();
    return switch (golden.path("evaluator").asText()) {
      case "similarity" -> new EmbeddingSimilarityEvaluator(pairs(data), functions);
      case "binary" -> new BinaryClassificationEvaluator(pairs(data), functions);
      case "triplet" -> triplet(data, functions);
      case "retrieval" -> retrieval(data, functions);
      case "label_accuracy" -> labelAccuracy(data);
      case "mse" -> new MseEvaluator(strings(data, "sources"), strings(data, "targets"), encoder);
      case "translation" ->
          new TranslationEvaluator(strings(data, "sources"), strings(data, "targets"));
      case "mining" -> mining(data);
      case "reranking" -> reranking(data, functions.get(0));
      case "transfer" ->
          new TransferEvaluator(
              examples(data.path("train")),
              examples(data.path("validation")),
              examples(data.path("test")),
              convert(data.path("grid"), new TypeReference<List<Double>>() {}));
      case "folded_transfer" ->
          new CrossValidatedTransferEvaluator(
              examples(data.path("examples")),
              data.path("folds").asInt(),
              convert(data.path("grid"), new TypeReference<List<Double>>() {}));
      default -> throw new AssertionError(golden.path("evaluator").asText());
    };
  }

  private static Evaluator triplet(JsonNode data, List<SimilarityFunction> functions) {
    Map<SimilarityFunction, Double> margins = new LinkedHashMap<>();
    data.path("margins")
        .properties()
        .forEach(
            entry ->
                margins.put(
                    SimilarityFunction.valueOf(entry.getKey().toUpperCase(Locale.ROOT)),
                    entry.getValue().asDouble()));
    return new TripletEvaluator(
        strings(data, "anchors"),
        strings(data, "positives"),
        strings(data, "negatives"),
        functions,
        margins);
  }

  private static Evaluator retrieval(JsonNode data, List<SimilarityFunction> functions) {
    Map<String, List<Integer>> at =
        convert(data.path("cutoffs"), new TypeReference<Map<String, List<Integer>>>() {});
    return new InformationRetrievalEvaluator(
        texts(data, "queries"),
        texts(data, "corpus"),
        convert(data.path("relevant"), new TypeReference<Map<String, Set<String>>>() {}),
        functions,
        new InformationRetrievalEvaluator.Cutoffs(
            at.get("accuracy"),
            at.get("precision_recall"),
            at.get("ndcg"),
            at.get("mrr"),
            at.get("map")),
        data.path("chunk").asInt());
  }

  private static Evaluator labelAccuracy(JsonNode data) {
    List<TrainingExample> examples =
        pairs(data).stream()
            .map(p -> TrainingExample.labelled(p.score(), p.sentence1(), p.sentence2()))
            .toList();
    JsonNode seen = data.path("features");
    Features features =
        new Features(seen.path(0).asBoolean(), seen.path(1).asBoolean(), seen.path(2).asBoolean());
    return new LabelAccuracyEvaluator(
        examples,
        PairClassifier.linear(
            convert(data.path("weight"), new TypeReference<float[]>() {}),
            convert(data.path("bias"), new TypeReference<float[]>() {}),
            features));
  }

  private static Evaluator mining(JsonNode data) {
    List<ParaphraseMiningEvaluator.Duplicate> duplicates = new ArrayList<>();
    for (JsonNode pair : data.path("duplicates")) {
      duplicates.add(
          new ParaphraseMiningEvaluator.Duplicate(pair.path(0).asText(), pair.path(1).asText()));
    }
    return new ParaphraseMiningEvaluator(
        texts(data, "sentences"),
        duplicates,
        data.path("transitive").asBoolean(),
        data.path("top_k").asInt(),
        data.path("max_pairs").asInt());
  }

  private static Evaluator reranking(JsonNode data, SimilarityFunction function) {
    List<RerankingEvaluator.Sample> samples = new ArrayList<>();
    for (JsonNode sample : data.path("samples")) {
      samples.add(
          new RerankingEvaluator.Sample(
              sample.path("query").asText(),
              strings(sample, "positive"),
              strings(sample, "negative")));
    }
    return new RerankingEvaluator(samples, data.path("k").asInt(), function);
  }

  private static List<TrainingExample> examples(JsonNode nodes) {
    return StreamSupport.stream(nodes.spliterator(), false)
        .map(
            node ->
                TrainingExample.labelled(
                    node.path("label").asDouble(), strings(node, "texts").toArray(String[]::new)))
        .toList();
  }

  private static List<SentencePair> pairs(JsonNode data) {
    List<String> first = strings(data, "first");
    List<String> second = strings(data, "second");
    JsonNode labels = data.path("labels");
    return IntStream.range(0, first.size())
        .mapToObj(i -> new SentencePair(first.get(i), second.get(i), labels.path(i).asDouble()))
        .toList();
  }

  private static List<String> strings(JsonNode data, String field) {
    return convert(data.path(field), new TypeReference<List<String>>() {});
  }

  private static Map<String, String> texts(JsonNode data, String field) {
    return convert(data.path(field), new TypeReference<LinkedHashMap<String, String>>() {});
  }

  private static <T> T convert(JsonNode node, TypeReference<T> type) {
    return JSON.convertValue(node, type);
  }
}
