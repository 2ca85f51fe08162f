package io.sentencestreams.trainer.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.sentencestreams.model.SimilarityFunction;
import io.sentencestreams.trainer.data.SentencePair;
import io.sentencestreams.trainer.data.TrainingExample;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class EvaluatorInputTest {
  private static final List<SimilarityFunction> COSINE = List.of(SimilarityFunction.COSINE);

  private static float[][] lengths(List<String> texts) {
    return texts.stream().map(text -> new float[] {text.length(), 1}).toArray(float[][]::new);
  }

  @Test
  void shouldRunEvaluatorsInOrderUnderTheirNamesAndTakeTheLastScore() {
    Map<String, Evaluator> evaluators = new LinkedHashMap<>();
    evaluators.put("one", encoder -> Evaluation.of("x", Map.of("x", 0.25)));
    evaluators.put("two", encoder -> Evaluation.of("y", Map.of("y", 0.75)));
    Evaluation last = new SequentialEvaluator(evaluators).evaluate(EvaluatorInputTest::lengths);
    assertThat(last.metrics().toString())
        .isEqualTo("{one_x=0.25, two_y=0.75, sequential_score=0.75}");
    assertThat(last.score()).isEqualTo(0.75);
    Evaluation mean =
        new SequentialEvaluator(evaluators, scores -> (scores.get(0) + scores.get(1)) / 2)
            .evaluate(EvaluatorInputTest::lengths);
    assertThat(mean.score()).isEqualTo(0.5);
  }

  @Test
  void shouldRefuseAMetricThatTwoEvaluatorsGive() {
    Map<String, Evaluator> evaluators = new LinkedHashMap<>();
    evaluators.put("a", encoder -> Evaluation.of("b_c", Map.of("b_c", 1.0)));
    evaluators.put("a_b", encoder -> Evaluation.of("c", Map.of("c", 1.0)));
    assertThatIllegalStateException()
        .isThrownBy(() -> new SequentialEvaluator(evaluators).evaluate(EvaluatorInputTest::lengths))
        .withMessage("two evaluators give the metric a_b_c");
  }

  @Test
  void shouldNameTheTextWhoseEmbeddingIsNotFinite() {
    List<SentencePair> pairs = List.of(new SentencePair("a", "b", 1));
    assertThatIllegalStateException()
        .isThrownBy(
            () ->
                new BinaryClassificationEvaluator(pairs, COSINE)
                    .evaluate(texts -> new float[][] {{1}, {Float.NaN}}))
        .withMessageEndingWith("for the text: b");
  }

  @Test
  void shouldNameThePairWhoseLabelIsNeitherZeroNorOne() {
    List<SentencePair> pairs =
        List.of(new SentencePair("a", "b", 1), new SentencePair("a", "c", 0.5));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new BinaryClassificationEvaluator(pairs, COSINE))
        .withMessage("pair 2 has the label 0.5; it must be 0 or 1");
  }

  @Test
  void shouldRefuseColumnsOfDifferentLength() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new TripletEvaluator(List.of("a"), List.of("b"), List.of(), COSINE))
        .withMessageContaining("not 1 and 0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new TranslationEvaluator(List.of("a", "b"), List.of("c")))
        .withMessageContaining("not 2 and 1");
  }

  @Test
  void shouldSayThatTheStudentHasAnotherDimensionThanTheTeacher() {
    MseEvaluator evaluator =
        new MseEvaluator(List.of("a"), List.of("b"), texts -> new float[][] {{1, 2, 3}});
    assertThatIllegalStateException()
        .isThrownBy(() -> evaluator.evaluate(EvaluatorInputTest::lengths))
        .withMessage("the student's embeddings have 2 dimensions, the teacher's 3");
  }

  @Test
  void shouldLeaveOutQueriesWithoutRelevantDocumentsAndRefuseToMeasureNone() {
    Map<String, String> queries = Map.of("q1", "one", "q2", "two");
    Map<String, String> corpus = Map.of("d", "document");
    assertThat(
            new InformationRetrievalEvaluator(queries, corpus, Map.of("q1", Set.of("d"))).queries())
        .isEqualTo(1);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new InformationRetrievalEvaluator(queries, corpus, Map.of()))
        .withMessageStartingWith("0 queries with relevant documents");
  }

  @Test
  void shouldCountTheSamplesThatCannotBeReranked() {
    List<RerankingEvaluator.Sample> samples =
        List.of(
            new RerankingEvaluator.Sample("q", List.of("p"), List.of("n")),
            new RerankingEvaluator.Sample("q", List.of(), List.of("n")));
    assertThat(new RerankingEvaluator(samples).skipped()).isEqualTo(1);
  }

  @Test
  void shouldRefuseADuplicateThatIsNoSentence() {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                new ParaphraseMiningEvaluator(
                    Map.of("a", "x", "b", "y"),
                    List.of(new ParaphraseMiningEvaluator.Duplicate("a", "c"))))
        .withMessageEndingWith("a and c");
  }

  @Test
  void shouldRefuseAClassThatIsNotInTheTrainingSet() {
    List<TrainingExample> two =
        List.of(TrainingExample.labelled(0, "a"), TrainingExample.labelled(1, "b"));
    List<TrainingExample> other = List.of(TrainingExample.labelled(2, "c"));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new TransferEvaluator(two, two, other, TransferEvaluator.SENTEVAL_C))
        .withMessageEndingWith("{0, 1, 2}");
  }
}
