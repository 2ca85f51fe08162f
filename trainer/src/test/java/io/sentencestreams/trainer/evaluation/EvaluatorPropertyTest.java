package io.sentencestreams.trainer.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.sentencestreams.model.SimilarityFunction;
import io.sentencestreams.trainer.data.TrainingExample;
import io.sentencestreams.trainer.evaluation.InformationRetrievalEvaluator.Cutoffs;
import io.sentencestreams.trainer.evaluation.RerankingEvaluator.Ranking;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Against definitions written out without care for speed, on random data with many ties. */
class EvaluatorPropertyTest {
  private static final Offset<Double> CLOSE = within(1e-12);

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void shouldFindTheBestThresholdsOfAllThereAre(long seed) {
    Random random = new Random(seed);
    int size = 2 + random.nextInt(40);
    float[] scores = new float[size];
    boolean[] labels = new boolean[size];
    for (int i = 0; i < size; i++) {
      labels[i] = i == 0 || random.nextBoolean();
      scores[i] = random.nextInt(6) + (labels[i] ? 1 : 0);
    }
    Map<String, Double> metrics = BinaryClassificationEvaluator.measure(scores, labels, false);
    double accuracy = 0;
    double f1 = 0;
    double averagePrecision = 0;
    double recallAbove = 0;
    for (float threshold = 8; threshold >= 0; threshold--) { // every score and one above all
      double[] at = accuracyF1PrecisionRecall(scores, labels, threshold);
      accuracy = Math.max(accuracy, at[0]);
      f1 = Math.max(f1, at[1]);
      averagePrecision += (at[3] - recallAbove) * at[2];
      recallAbove = at[3];
    }
    assertThat(metrics.get("accuracy")).isCloseTo(accuracy, CLOSE);
    assertThat(metrics.get("f1")).isCloseTo(f1, CLOSE);
    assertThat(metrics.get("ap")).isCloseTo(averagePrecision, CLOSE);
    double accuracyThreshold = metrics.get("accuracy_threshold");
    double f1Threshold = metrics.get("f1_threshold");
    assertThat(accuracyF1PrecisionRecall(scores, labels, (float) accuracyThreshold)[0])
        .isCloseTo(accuracy, CLOSE);
    double[] atF1 = accuracyF1PrecisionRecall(scores, labels, (float) f1Threshold);
    assertThat(Arrays.copyOfRange(atF1, 1, 4))
        .containsExactly(
            new double[] {metrics.get("f1"), metrics.get("precision"), metrics.get("recall")},
            CLOSE);
  }

  private static double[] accuracyF1PrecisionRecall(
      float[] scores, boolean[] labels, float threshold) {
    double right = 0;
    double predicted = 0;
    double positive = 0;
    double both = 0;
    for (int i = 0; i < scores.length; i++) {
      boolean yes = scores[i] >= threshold;
      right += yes == labels[i] ? 1 : 0;
      predicted += yes ? 1 : 0;
      positive += labels[i] ? 1 : 0;
      both += yes && labels[i] ? 1 : 0;
    }
    double precision = predicted == 0 ? 0 : both / predicted;
    double recall = both / positive;
    return new double[] {
      right / scores.length, 2 * both / (predicted + positive), precision, recall
    };
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  void shouldRetrieveTheSameForEveryChunkSizeAsBySortingAll(long seed) {
    Random random = new Random(seed);
    Map<String, float[]> vectors = new LinkedHashMap<>();
    Map<String, String> queries = texts("q", 7, vectors, random);
    Map<String, String> corpus = texts("d", 45, vectors, random);
    Map<String, Set<String>> relevant = new LinkedHashMap<>();
    for (String query : queries.keySet()) {
      Set<String> ids = new TreeSet<>();
      for (int i = 0; i <= random.nextInt(6); i++) {
        ids.add("d" + random.nextInt(45));
      }
      relevant.put(query, ids);
    }
    Cutoffs cutoffs = new Cutoffs(List.of(2), List.of(3), List.of(5), List.of(4), List.of(12));
    Function<List<String>, float[][]> encoder =
        texts -> texts.stream().map(vectors::get).toArray(float[][]::new);
    double expected = 0;
    for (String query : queries.keySet()) {
      List<String> ranked = new ArrayList<>(corpus.keySet());
      ranked.sort(
          Comparator.comparingDouble(
                  (String id) ->
                      -SimilarityFunction.DOT.similarity(
                          vectors.get(queries.get(query)), vectors.get(corpus.get(id))))
              .thenComparing(Comparator.naturalOrder()));
      double sum = 0;
      for (int rank = 1; rank <= 12; rank++) {
        if (relevant.get(query).contains(ranked.get(rank - 1))) {
          sum +=
              (double)
                      ranked.subList(0, rank).stream().filter(relevant.get(query)::contains).count()
                  / rank;
        }
      }
      expected += sum / relevant.get(query).size() / queries.size();
    }
    List<Map<String, Double>> measured = new ArrayList<>();
    for (int chunk : new int[] {1, 4, 44, 45, 1000}) {
      measured.add(
          new InformationRetrievalEvaluator(
                  queries, corpus, relevant, List.of(SimilarityFunction.values()), cutoffs, chunk)
              .evaluate(encoder)
              .metrics());
    }
    assertThat(measured).allSatisfy(metrics -> assertThat(metrics).isEqualTo(measured.get(0)));
    assertThat(measured.get(0).get("dot_map@12")).isCloseTo(expected, CLOSE);
  }

  private static Map<String, String> texts(
      String prefix, int count, Map<String, float[]> vectors, Random random) {
    Map<String, String> texts = new LinkedHashMap<>();
    for (int i = 0; i < count; i++) {
      texts.put(prefix + i, "text " + prefix + i);
      vectors.put(
          "text " + prefix + i,
          new float[] {random.nextInt(3), random.nextInt(3), random.nextInt(3) - 1});
    }
    return texts;
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  void shouldGiveTheMeanNdcgOverAllOrdersOfEquallySimilarDocuments(long seed) {
    Random random = new Random(seed);
    int size = 6;
    int positives = 1 + random.nextInt(size - 1);
    float[] scores = new float[size];
    for (int i = 0; i < size; i++) {
      scores[i] = random.nextInt(3);
    }
    int k = 1 + random.nextInt(size);
    double sum = 0;
    int count = 0;
    for (List<Integer> order : permutations(IntStream.range(0, size).boxed().toList())) {
      boolean sorted =
          IntStream.range(1, size).allMatch(i -> scores[order.get(i - 1)] >= scores[order.get(i)]);
      if (sorted) {
        boolean[] relevant = new boolean[size];
        IntStream.range(0, size).forEach(i -> relevant[i] = order.get(i) < positives);
        sum += RankMetrics.ndcg(relevant, positives, k);
        count++;
      }
    }
    assertThat(new Ranking(scores, positives).ndcg(k)).isCloseTo(sum / count, CLOSE);
  }

  private static List<List<Integer>> permutations(List<Integer> items) {
    List<List<Integer>> all = new ArrayList<>();
    if (items.isEmpty()) {
      all.add(List.of());
    }
    for (Integer item : items) {
      List<Integer> others = items.stream().filter(other -> !other.equals(item)).toList();
      for (List<Integer> rest : permutations(others)) {
        List<Integer> order = new ArrayList<>(List.of(item));
        order.addAll(rest);
        all.add(order);
      }
    }
    return all;
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 5})
  void shouldPredictEachClassAsOftenAsItIsInWhateverOrderTheRowsCome(int classes) {
    Random random = new Random(classes);
    float[][] rows = new float[60][4];
    int[] labels = new int[60];
    for (int i = 0; i < rows.length; i++) {
      labels[i] = i % classes;
      for (int d = 0; d < 4; d++) {
        rows[i][d] = (float) random.nextGaussian() + (d == labels[i] % 4 ? 1 : 0);
      }
    }
    LogisticRegression model = LogisticRegression.fit(rows, labels, classes, 1);
    // the bias has no penalty, so that at the optimum each class is predicted as often as it is
    double[] mean = new double[classes];
    for (float[] row : rows) {
      double[] probabilities = model.probabilities(row);
      assertThat(Arrays.stream(probabilities).sum()).isCloseTo(1, CLOSE);
      for (int c = 0; c < classes; c++) {
        mean[c] += probabilities[c] / rows.length;
      }
    }
    for (int c = 0; c < classes; c++) {
      int label = c;
      double share = (double) Arrays.stream(labels).filter(l -> l == label).count() / rows.length;
      assertThat(mean[c]).isCloseTo(share, within(1e-6));
    }
    List<Integer> order = new ArrayList<>(IntStream.range(0, 60).boxed().toList());
    Collections.shuffle(order, random);
    LogisticRegression shuffled =
        LogisticRegression.fit(
            order.stream().map(i -> rows[i]).toArray(float[][]::new),
            order.stream().mapToInt(i -> labels[i]).toArray(),
            classes,
            1);
    assertThat(shuffled.probabilities(rows[0]))
        .containsExactly(model.probabilities(rows[0]), within(1e-5));
  }

  @Test
  void shouldRefuseFoldsThatAClassIsTooSmallFor() {
    List<TrainingExample> examples =
        IntStream.range(0, 12)
            .mapToObj(i -> TrainingExample.labelled(i < 3 ? 1 : 0, "text " + i))
            .toList();

    assertThatThrownBy(() -> new CrossValidatedTransferEvaluator(examples, 3, List.of(1.0)))
        .hasMessage("class 1 has 3 examples; 3 folds need more than that of each class");
  }
}
