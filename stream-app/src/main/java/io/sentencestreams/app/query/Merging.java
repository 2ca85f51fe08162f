package io.sentencestreams.app.query;

import io.sentencestreams.app.clusters.ClusteredText;
import io.sentencestreams.app.clusters.ClustersReader;
import io.sentencestreams.app.window.Neighbour;
import io.sentencestreams.app.window.WindowReader.Found;
import io.sentencestreams.app.window.WindowReader.NearestAnswer;
import io.sentencestreams.app.window.WindowReader.NearestQuestion;
import io.sentencestreams.app.window.WindowReader.TextsAnswer;
import io.sentencestreams.app.window.WindowReader.TextsQuestion;
import io.sentencestreams.app.window.WindowText;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.ToIntFunction;
import java.util.stream.Collectors;

/** How answers of partitions become one: what of them cannot be in that is not kept. */
interface Merging<Q, A> {
  /** The latest first, and of one time in the order of their records, which tells them apart. */
  Comparator<WindowText.Source> BY_RECORD =
      Comparator.comparing(WindowText.Source::topic)
          .thenComparingInt(WindowText.Source::partition)
          .thenComparing(WindowText.Source::offset, Comparator.reverseOrder());

  /** The latest first. */
  Comparator<Found> LATEST_FOUND =
      Comparator.comparingLong((Found found) -> -found.text().eventTime())
          .thenComparing(found -> found.text().source(), BY_RECORD);

  /** The latest first. */
  Comparator<ClusteredText> LATEST_CLUSTERED =
      Comparator.comparingLong((ClusteredText text) -> -text.eventTime())
          .thenComparing(ClusteredText::source, BY_RECORD);

  /** Takes out of answers what the whole answer will not have, whatever else is answered. */
  void trim(Q question, Map<Integer, A> answers);

  /** Characters of the texts of an answer. */
  long chars(A answer);

  /** Answers without texts. */
  static <Q, A> Merging<Q, A> ofSmall() {
    return of((question, answers) -> {}, answer -> List.<String>of(), String::length);
  }

  /** The nearest. */
  static Merging<NearestQuestion, NearestAnswer> ofNearest() {
    return of(
        (question, answers) ->
            keep(
                answers,
                question.best(all(answers, NearestAnswer::neighbours)),
                NearestAnswer::neighbours,
                (answer, neighbours) -> new NearestAnswer(neighbours, answer.versions())),
        NearestAnswer::neighbours,
        (Neighbour near) -> near.text().text().length());
  }

  /** The latest. */
  static Merging<TextsQuestion, TextsAnswer> ofTexts() {
    return of(
        (question, answers) -> {
          List<Found> all = all(answers, TextsAnswer::texts);
          Set<WindowText.Source> latest =
              all.stream()
                  .sorted(LATEST_FOUND)
                  .map(found -> found.text().source())
                  .distinct()
                  .limit(question.limit())
                  .collect(Collectors.toSet());
          keep(
              answers,
              all.stream().filter(found -> latest.contains(found.text().source())).toList(),
              TextsAnswer::texts,
              (answer, texts) -> new TextsAnswer(texts, true));
        },
        TextsAnswer::texts,
        (Found found) -> found.text().text().length());
  }

  /**
   * The latest.
   *
   * @param limit how many are wanted
   */
  static <Q> Merging<Q, ClustersReader.TextsAnswer> ofClustered(ToIntFunction<Q> limit) {
    return of(
        (question, answers) ->
            keep(
                answers,
                all(answers, ClustersReader.TextsAnswer::texts).stream()
                    .sorted(LATEST_CLUSTERED)
                    .limit(limit.applyAsInt(question))
                    .toList(),
                ClustersReader.TextsAnswer::texts,
                (answer, texts) -> new ClustersReader.TextsAnswer(texts, true)),
        ClustersReader.TextsAnswer::texts,
        (ClusteredText text) -> text.text().length());
  }

  /** Takes what is not wanted out of the answers of partitions. */
  interface Trim<Q, A> {
    void trim(Q question, Map<Integer, A> answers);
  }

  private static <Q, A, T> Merging<Q, A> of(
      Trim<Q, A> trim, Function<A, List<T>> texts, ToIntFunction<T> chars) {
    return new Merging<>() {
      @Override
      public void trim(Q question, Map<Integer, A> answers) {
        trim.trim(question, answers);
      }

      @Override
      public long chars(A answer) {
        return texts.apply(answer).stream().mapToLong(chars::applyAsInt).sum();
      }
    };
  }

  private static <A, T> List<T> all(Map<Integer, A> answers, Function<A, List<T>> texts) {
    return answers.values().stream().flatMap(answer -> texts.apply(answer).stream()).toList();
  }

  private static <A, T> void keep(
      Map<Integer, A> answers,
      Collection<T> kept,
      Function<A, List<T>> texts,
      BiFunction<A, List<T>, A> with) {
    Set<T> same = Collections.newSetFromMap(new IdentityHashMap<>());
    same.addAll(kept);
    answers.replaceAll(
        (partition, answer) -> {
          List<T> left = texts.apply(answer).stream().filter(same::contains).toList();
          return left.size() == texts.apply(answer).size() ? answer : with.apply(answer, left);
        });
  }
}
