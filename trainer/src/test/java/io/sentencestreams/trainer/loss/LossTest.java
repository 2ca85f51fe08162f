package io.sentencestreams.trainer.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.jni.JniUtils;
import ai.djl.training.GradientCollector;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sentencestreams.trainer.loss.BatchTripletLoss.Mining;
import io.sentencestreams.trainer.loss.MultipleNegativesRankingLoss.Similarity;
import io.sentencestreams.trainer.loss.SoftmaxLoss.Features;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Golden files: tests/python/training_goldens.py. */
class LossTest {
  private static final int DIMENSION = 8;

  static Stream<Named<JsonNode>> cases() throws IOException {
    JsonNode all;
    try (InputStream in = LossTest.class.getResourceAsStream("/golden/losses.json")) {
      all = new ObjectMapper().readTree(in);
    }
    return StreamSupport.stream(all.spliterator(), false)
        .map(node -> Named.of(node.path("name").asText(), node));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void shouldGiveTheValueAndTheGradientsOfTheReference(JsonNode golden) {
    try (NDManager memory = NDManager.newBaseManager();
        Loss loss = loss(golden.path("name").asText(), memory)) {
      setParameters(loss, golden.path("parameters"));
      List<NDArray> columns = new ArrayList<>();
      for (JsonNode column : golden.path("embeddings")) {
        NDArray array =
            memory.create(floats(column), new Shape(column.size(), DIMENSION)).duplicate();
        array.setRequiresGradient(true);
        columns.add(array);
      }
      float[][] labels = rows(golden.path("labels"));
      loss.checkColumns(columns.size());
      loss.checkLabels(labels);
      float value;
      try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
        NDArray result = loss.compute(columns, labels, memory);
        value = result.getFloat();
        collector.backward(result);
      }
      assertClose(new float[] {value}, new float[] {(float) golden.path("loss").asDouble()});
      for (int i = 0; i < columns.size(); i++) {
        assertClose(
            columns.get(i).getGradient().toFloatArray(), floats(golden.path("gradients").path(i)));
      }
      golden
          .path("parameter_gradients")
          .properties()
          .forEach(
              entry ->
                  assertClose(
                      loss.parameters()
                          .get("classifier." + entry.getKey())
                          .getGradient()
                          .toFloatArray(),
                      floats(entry.getValue())));
    }
  }

  /** To 1e-5, relative where a value is greater than 1. */
  private static void assertClose(float[] actual, float[] expected) {
    assertThat(actual).hasSameSizeAs(expected);
    for (int i = 0; i < actual.length; i++) {
      double tolerance = 1e-5 * Math.max(1, Math.abs(expected[i]));
      assertThat((double) actual[i]).isCloseTo(expected[i], within(tolerance));
    }
  }

  private static Loss loss(String name, NDManager memory) {
    return switch (name) {
      case "softmax" -> softmax(memory, Features.DEFAULT);
      case "softmax_product" -> softmax(memory, new Features(true, true, true));
      case "softmax_difference" -> softmax(memory, new Features(false, true, false));
      case "cosine_similarity" -> new CosineSimilarityLoss();
      case "cosent" -> new CoSentLoss();
      case "triplet_euclidean" -> new TripletLoss();
      case "triplet_manhattan" -> new TripletLoss(Distance.MANHATTAN, 2);
      case "triplet_cosine" -> new TripletLoss(Distance.COSINE, 0.5);
      case "mse", "mse_two" -> new MseLoss();
      case "contrastive_cosine" -> new ContrastiveLoss();
      case "contrastive_euclidean" -> new ContrastiveLoss(Distance.EUCLIDEAN, 4, true);
      case "contrastive_manhattan" -> new ContrastiveLoss(Distance.MANHATTAN, 9, true);
      case "contrastive_sum" -> new ContrastiveLoss(Distance.COSINE, 0.9, false);
      case "online_contrastive", "online_contrastive_one_near", "online_contrastive_one_far" ->
          new OnlineContrastiveLoss(Distance.COSINE, 1.1);
      case "ranking_cosine", "ranking_hard_negatives" -> new MultipleNegativesRankingLoss();
      case "ranking_dot" -> new MultipleNegativesRankingLoss(Similarity.DOT, 1, 0);
      case "matryoshka_ranking" ->
          new MatryoshkaLoss(new MultipleNegativesRankingLoss(), Map.of(8, 1.0, 4, 0.5, 2, 2.0));
      case "matryoshka_cosent" -> new MatryoshkaLoss(new CoSentLoss(), Map.of(8, 1.0, 3, 1.0));
      default -> batchLoss(name);
    };
  }

  private static Loss batchLoss(String name) {
    Mining mining =
        name.contains("soft_margin")
            ? Mining.HARD_SOFT_MARGIN
            : name.contains("semi")
                ? Mining.SEMI_HARD
                : name.contains("all") ? Mining.ALL : Mining.HARD;
    return name.endsWith("euclidean")
        ? new BatchTripletLoss(mining)
        : new BatchTripletLoss(mining, Distance.COSINE, 0.3);
  }

  private static Loss softmax(NDManager memory, Features features) {
    return new SoftmaxLoss(memory, DIMENSION, 3, features, 1);
  }

  private static void setParameters(Loss loss, JsonNode values) {
    values
        .properties()
        .forEach(
            entry ->
                loss.parameters()
                    .get("classifier." + entry.getKey())
                    .set(floats(entry.getValue())));
  }

  private static float[] floats(JsonNode node) {
    List<Float> values = new ArrayList<>();
    collect(node, values);
    float[] result = new float[values.size()];
    for (int i = 0; i < result.length; i++) {
      result[i] = values.get(i);
    }
    return result;
  }

  private static void collect(JsonNode node, List<Float> values) {
    if (node.isArray()) {
      node.forEach(child -> collect(child, values));
    } else {
      values.add((float) node.asDouble());
    }
  }

  private static float[][] rows(JsonNode node) {
    float[][] rows = new float[node.size()][];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = floats(node.path(i));
    }
    return rows;
  }

  @Test
  void shouldNameTheExampleWhoseLabelIsOutOfRange() {
    try (NDManager memory = NDManager.newBaseManager();
        Loss loss = softmax(memory, Features.DEFAULT)) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> loss.checkLabels(new float[][] {{0}, {3}}))
          .withMessageContaining("labels from 0 to 2; example 1 has 3.0");
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new CoSentLoss().checkLabels(new float[][] {{Float.NaN}}))
        .withMessageContaining("example 0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new CosineSimilarityLoss().checkLabels(new float[][] {{-1}, {1}, {5}}))
        .withMessageContaining("labels from -1.0 to 1.0; example 2 has 5.0");
  }

  @Test
  void shouldRefuseClassesThatFloatsCannotTellApart() {
    Loss loss = new BatchTripletLoss(Mining.HARD);
    loss.checkLabels(new float[][] {{16_777_215}, {16_777_215}, {16_777_214}});
    assertThatIllegalArgumentException()
        .isThrownBy(() -> loss.checkLabels(new float[][] {{1}, {16_777_217}, {1}}))
        .withMessageContaining("labels from 0 to 16777215; example 1");
  }

  @Test
  void shouldRefuseToCutEmbeddingsForAClassifier() {
    try (NDManager memory = NDManager.newBaseManager();
        Loss loss = softmax(memory, Features.DEFAULT)) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> new MatryoshkaLoss(loss, Map.of(8, 1.0, 4, 1.0)))
          .withMessageContaining("its classifier takes one length only");
    }
  }

  @Test
  void shouldLeaveTheThreadsOfTheBackwardPassAsTheyWereSet() {
    try (NDManager memory = NDManager.newBaseManager()) {
      int threads = Runtime.getRuntime().availableProcessors() + 1;
      JniUtils.setNumThreads(threads);
      NDArray column = memory.ones(new Shape(2, DIMENSION));
      new CoSentLoss().compute(List.of(column, column), new float[][] {{0}, {1}}, memory);
      assertThat(JniUtils.getNumThreads()).isEqualTo(threads);
    } finally {
      JniUtils.setNumThreads(1);
    }
  }

  @Test
  void shouldListTheClassifiersParametersInTheSameOrderInEveryProcess() {
    try (NDManager memory = NDManager.newBaseManager();
        Loss loss = softmax(memory, Features.DEFAULT)) {
      assertThat(loss.parameters().keySet())
          .containsExactly("classifier.weight", "classifier.bias");
    }
  }

  @Test
  void shouldRefuseABatchWithoutNegativesOrWithoutPositives() {
    Loss loss = new BatchTripletLoss(Mining.HARD);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> loss.checkLabels(new float[][] {{4}, {4}}))
        .withMessageContaining("no negative");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> loss.checkLabels(new float[][] {{4}, {5}}))
        .withMessageContaining("no positive");
  }

  @Test
  void shouldSayHowManyColumnsALossNeeds() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new TripletLoss().checkColumns(2))
        .withMessageContaining("exactly 3 columns of texts, but the data has 2");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new MultipleNegativesRankingLoss().checkColumns(1))
        .withMessageContaining("at least 2");
  }
}
