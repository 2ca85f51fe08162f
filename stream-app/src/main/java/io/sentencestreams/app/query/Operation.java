package io.sentencestreams.app.query;

import io.sentencestreams.app.clusters.ClustersReader;
import io.sentencestreams.app.clusters.ClustersReader.ClusterAnswer;
import io.sentencestreams.app.clusters.ClustersReader.ClusterQuestion;
import io.sentencestreams.app.clusters.ClustersReader.MembersQuestion;
import io.sentencestreams.app.clusters.ClustersReader.TextQuestion;
import io.sentencestreams.app.topology.LocalStores;
import io.sentencestreams.app.window.WindowReader;
import io.sentencestreams.app.window.WindowReader.GroupsAnswer;
import io.sentencestreams.app.window.WindowReader.GroupsQuestion;
import io.sentencestreams.app.window.WindowReader.NearestAnswer;
import io.sentencestreams.app.window.WindowReader.NearestQuestion;
import io.sentencestreams.app.window.WindowReader.TextsAnswer;
import io.sentencestreams.app.window.WindowReader.TextsQuestion;
import java.util.ArrayList;
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
 * @param merging how the answers of partitions become one
 * @param local answers for a partition of this instance
 */
record Operation<Q, A>(
    String name,
    String store,
    String topic,
    Class<Q> question,
    Class<A> answer,
    BiPredicate<Q, A> isAnswerTo,
    Merging<Q, A> merging,
    Local<Q, A> local) {

  /** Answers for a partition of this instance. */
  interface Local<Q, A> {
    /**
     * The answer of a partition.
     *
     * @param deadline when nobody waits for it any more
     * @throws LocalStores.NotHereException if the partition's active task is elsewhere
     */
    A answer(int partition, Q question, FanOut.Deadline deadline);
  }

  /**
   * The operations on a stream, by name.
   *
   * @param window or null
   * @param clusters or null
   */
  static Map<String, Operation<?, ?>> all(WindowReader window, ClustersReader clusters) {
    List<Operation<?, ?>> all = new ArrayList<>();
    if (window != null) {
      all.addAll(List.of(nearest(window), texts(window), groups(window)));
    }
    if (clusters != null) {
      all.addAll(List.of(cluster(clusters), members(clusters), clustersOfId(clusters)));
    }
    return all.stream().collect(Collectors.toMap(Operation::name, Function.identity()));
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
                .allMatch(near -> question.versions().contains(near.text().modelVersion())),
        Merging.ofNearest(),
        (partition, question, deadline) -> window.nearest(partition, question));
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
        Merging.ofTexts(),
        (partition, question, deadline) -> window.texts(partition, question));
  }

  static Operation<GroupsQuestion, GroupsAnswer> groups(WindowReader window) {
    return new Operation<>(
        "groups",
        WindowReader.GROUPS_STORE,
        WindowReader.GROUPS_TOPIC,
        GroupsQuestion.class,
        GroupsAnswer.class,
        (question, answer) -> question.names().containsAll(answer.groups().keySet()),
        Merging.ofSmall(),
        (partition, question, deadline) -> window.groups(partition, question));
  }

  static Operation<ClusterQuestion, ClusterAnswer> cluster(ClustersReader clusters) {
    return new Operation<>(
        "cluster",
        ClustersReader.CLUSTERS_STORE,
        ClustersReader.CLUSTERS_TOPIC,
        ClusterQuestion.class,
        ClusterAnswer.class,
        (question, answer) ->
            answer.cluster() == null
                || question.heir()
                || answer.cluster().id().equals(question.id()),
        Merging.ofSmall(),
        (partition, question, deadline) -> clusters.cluster(partition, question));
  }

  static Operation<MembersQuestion, ClustersReader.TextsAnswer> members(ClustersReader clusters) {
    return new Operation<>(
        "members",
        ClustersReader.MEMBERS_STORE,
        ClustersReader.MEMBERS_TOPIC,
        MembersQuestion.class,
        ClustersReader.TextsAnswer.class,
        (question, answer) ->
            answer.texts().stream()
                .allMatch(
                    text ->
                        text.modelVersion().equals(question.modelVersion())
                            && question.cluster().equals(text.cluster())),
        Merging.ofClustered(MembersQuestion::limit),
        (partition, question, deadline) -> clusters.members(partition, question, deadline.nanos()));
  }

  static Operation<TextQuestion, ClustersReader.TextsAnswer> clustersOfId(ClustersReader clusters) {
    return new Operation<>(
        "clusters-of-id",
        ClustersReader.MEMBERS_STORE,
        ClustersReader.MEMBERS_TOPIC,
        TextQuestion.class,
        ClustersReader.TextsAnswer.class,
        (question, answer) ->
            answer.texts().stream().allMatch(text -> text.id().equals(question.id())),
        Merging.ofClustered(TextQuestion::limit),
        (partition, question, deadline) -> clusters.texts(partition, question));
  }
}
