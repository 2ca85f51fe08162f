package io.sentencestreams.app.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sentencestreams.app.window.Neighbour;
import io.sentencestreams.app.window.WindowReader.Found;
import io.sentencestreams.app.window.WindowReader.NearestAnswer;
import io.sentencestreams.app.window.WindowReader.NearestQuestion;
import io.sentencestreams.app.window.WindowReader.QueryVector;
import io.sentencestreams.app.window.WindowReader.TextsAnswer;
import io.sentencestreams.app.window.WindowReader.TextsQuestion;
import io.sentencestreams.app.window.WindowText;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class GatheredTest {
  private static final int PARTITIONS = 32;
  private static final int K = 50;

  private static final NearestQuestion NEAREST =
      new NearestQuestion(
          List.of(
              new QueryVector("v2", new byte[] {1, 0}), new QueryVector("v1", new byte[] {1, 0})),
          K,
          -1,
          Long.MIN_VALUE,
          Long.MAX_VALUE);

  private static WindowText text(int source, String version, int chars) {
    return new WindowText(
        "id", new WindowText.Source("t", 0, source), source, version, "x".repeat(chars));
  }

  private static Gathered<NearestQuestion, NearestAnswer> nearest() {
    return new Gathered<>(
        operation(NearestQuestion.class, NearestAnswer.class, Merging.ofNearest()), NEAREST);
  }

  private static <Q, A> Operation<Q, A> operation(
      Class<Q> question, Class<A> answer, Merging<Q, A> merging) {
    return new Operation<>(
        "operation",
        "store",
        "topic",
        question,
        answer,
        (asked, answered) -> true,
        merging,
        (partition, asked, deadline) -> {
          throw new IllegalStateException("nobody asks");
        });
  }

  /** The texts of each partition alone have as many characters as an answer may have. */
  @Test
  void shouldKeepOfAllPartitionsNoMoreThanTheAnswerHas() {
    Gathered<NearestQuestion, NearestAnswer> gathered = nearest();
    List<Neighbour> all = new ArrayList<>();
    for (int partition = 0; partition < PARTITIONS; partition++) {
      List<Neighbour> neighbours = new ArrayList<>();
      for (int i = 0; i < K; i++) {
        int number = i * PARTITIONS + partition;
        neighbours.add(new Neighbour(1 - number * 1e-4f, text(number, "v2", 8_000_000 / K)));
      }
      all.addAll(neighbours);
      gathered.put(partition, new NearestAnswer(neighbours, Map.of("v2", (long) K)));
      assertThat(kept(gathered)).hasSize(K);
    }
    all.sort(Neighbour.BEST_FIRST);
    assertThat(kept(gathered)).containsExactlyInAnyOrderElementsOf(all.subList(0, K));
    assertThat(gathered.answers()).hasSize(PARTITIONS);
    assertThat(gathered.answers().values()).allMatch(answer -> answer.versions().get("v2") == K);
  }

  private static List<Neighbour> kept(Gathered<NearestQuestion, NearestAnswer> gathered) {
    return gathered.answers().values().stream()
        .flatMap(answer -> answer.neighbours().stream())
        .toList();
  }

  @Test
  void shouldRefuseTextsOfPartitionsThatTogetherHaveTooManyCharacters() {
    Gathered<NearestQuestion, NearestAnswer> gathered = nearest();
    gathered.put(
        0, new NearestAnswer(List.of(new Neighbour(1, text(1, "v2", 5_000_000))), Map.of()));
    NearestAnswer other =
        new NearestAnswer(List.of(new Neighbour(1, text(2, "v2", 5_000_000))), Map.of());
    assertThatThrownBy(() -> gathered.put(1, other))
        .isInstanceOf(QueryException.Invalid.class)
        .hasMessageContaining("more than 8,000,000 characters: ask for fewer");
  }

  @Test
  void shouldKeepATextOnceByTheVectorThatIsNearest() {
    Gathered<NearestQuestion, NearestAnswer> gathered = nearest();
    Neighbour older = new Neighbour(0.9f, text(1, "v1", 1));
    Neighbour newer = new Neighbour(0.9f, text(1, "v2", 1));
    Neighbour olderOfTwo = new Neighbour(0.8f, text(2, "v1", 1));
    Neighbour newerOfTwo = new Neighbour(0.7f, text(2, "v2", 1));
    gathered.put(0, new NearestAnswer(List.of(older, olderOfTwo), Map.of()));
    gathered.put(1, new NearestAnswer(List.of(newer, newerOfTwo), Map.of()));
    assertThat(kept(gathered)).containsExactlyInAnyOrder(newer, olderOfTwo);
  }

  @Test
  void shouldKeepTheLatestTextsInAllTheirVersionsAndSayThatThereAreMore() {
    Gathered<TextsQuestion, TextsAnswer> gathered =
        new Gathered<>(
            operation(TextsQuestion.class, TextsAnswer.class, Merging.ofTexts()),
            new TextsQuestion("id", 2, true));
    gathered.put(0, new TextsAnswer(found("v1", 9, 4), false));
    gathered.put(1, new TextsAnswer(found("v2", 9, 7), false));
    List<Found> kept =
        gathered.answers().values().stream().flatMap(answer -> answer.texts().stream()).toList();
    assertThat(kept)
        .extracting(found -> found.text().source().offset() + found.text().modelVersion())
        .containsExactlyInAnyOrder("9v1", "9v2", "7v2");
    assertThat(gathered.answers().get(0).more()).isTrue();
    assertThat(gathered.answers().get(1).more()).isFalse();
  }

  private static List<Found> found(String version, int... sources) {
    return IntStream.of(sources)
        .mapToObj(source -> new Found(text(source, version, 1), null))
        .toList();
  }
}
