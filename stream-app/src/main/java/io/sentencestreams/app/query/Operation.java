package io.sentencestreams.app.query;

import io.sentencestreams.app.window.WindowReader;
import io.sentencestreams.app.window.WindowReader.GroupsAnswer;
import io.sentencestreams.app.window.WindowReader.GroupsQuestion;
import io.sentencestreams.app.window.WindowReader.NearestAnswer;
import io.sentencestreams.app.window.WindowReader.NearestQuestion;
import io.sentencestreams.app.window.WindowReader.TextsAnswer;
import io.sentencestreams.app.window.WindowReader.TextsQuestion;
import java.util.List;
import java.util.Map;
import java.util.function.BiPredicate;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * A kind of question that can be put to a partition of a store.
 *
 * @param name of it, the last part of its path between instances
 * @param store whose partitions are asked
 * @param topic that the owner of a partition reads, without the application's name
 * @param question what is asked, as Jackson writes it between instances
 * @param answer of one partition, likewise
 * @param isAnswerTo whether an answer is one to the question, for what comes from other instances
 * @param local answers for a partition of this instance
 */
record Operation<Q, A>(
    String name,
    String store,
    String topic,
    Class<Q> question,
    Class<A> answer,
    BiPredicate<Q, A> isAnswerTo,
    Local<Q, A> local) {

  /** Answers for a partition of this instance. */
  interface Local<Q, A> {
    /**
     * The answer of a partition.
     *
     * @throws WindowReader.NotHereException if the partition's active task is elsewhere
     */
    A answer(int partition, Q question);
  }

  /** The operations on a window, by name. */
  static Map<String, Operation<?, ?>> all(WindowReader window) {
    return List.of(nearest(window), texts(window), groups(window)).stream()
        .collect(Collectors.toMap(Operation::name, Function.identity()));
  }

  static Operation<NearestQuestion, NearestAnswer> nearest(WindowReader window) {
    return new Operation<>(
        "nearest",
        WindowReader.WINDOW_STORE,
        WindowReader.WINDOW_TOPIC,
        NearestQuestion.class,
        NearestAnswer.class,
        (question, answer) ->
            answer.neighbours().stream()
                .allMatch(near -> near.text().modelVersion().equals(question.modelVersion())),
        window::nearest);
  }

  static Operation<TextsQuestion, TextsAnswer> texts(WindowReader window) {
    return new Operation<>(
        "texts",
        WindowReader.WINDOW_STORE,
        WindowReader.WINDOW_TOPIC,
        TextsQuestion.class,
        TextsAnswer.class,
        (question, answer) ->
            answer.texts().stream().allMatch(found -> found.text().id().equals(question.id())),
        window::texts);
  }

  static Operation<GroupsQuestion, GroupsAnswer> groups(WindowReader window) {
    return new Operation<>(
        "groups",
        WindowReader.GROUPS_STORE,
        WindowReader.GROUPS_TOPIC,
        GroupsQuestion.class,
        GroupsAnswer.class,
        (question, answer) -> question.names().containsAll(answer.groups().keySet()),
        window::groups);
  }
}
