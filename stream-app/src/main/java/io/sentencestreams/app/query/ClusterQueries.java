package io.sentencestreams.app.query;

import io.sentencestreams.app.clusters.ClusteredText;
import io.sentencestreams.app.clusters.ClustersReader;
import io.sentencestreams.app.clusters.ClustersReader.ClusterAnswer;
import io.sentencestreams.app.clusters.ClustersReader.ClusterQuestion;
import io.sentencestreams.app.clusters.ClustersReader.MembersQuestion;
import io.sentencestreams.app.clusters.ClustersReader.TextQuestion;
import io.sentencestreams.app.clusters.ClustersReader.TextsAnswer;
import io.sentencestreams.schemas.ClusterRecord;
import java.util.List;
import java.util.stream.Stream;

/**
 * Queries of the clusters, whichever instances they and their texts are on. Thread-safe.
 *
 * <p>The texts of a cluster are those of the window ({@code window.ms}) whose micro-cluster is in
 * it now: a text that was noise when it came is a member once there is a cluster around it, and
 * goes along where clusters merge and split. A cluster and all its members are of one version of a
 * model.
 */
public final class ClusterQueries {
  private final ClustersReader reader;
  private final Questions questions;

  ClusterQueries(ClustersReader reader, Questions questions) {
    this.reader = reader;
    this.questions = questions;
  }

  /**
   * Members of a cluster.
   *
   * @param cluster as it is now
   * @param members the latest first
   * @param more whether there are more than were asked for
   * @param missing partitions that did not answer; none unless a partial answer was asked for
   */
  public record Members(
      ClusterRecord cluster,
      List<ClusteredText> members,
      boolean more,
      List<MissingPartition> missing) {}

  /**
   * The cluster of a text.
   *
   * @param text the latest with the id that was asked for
   * @param earlierTexts whether earlier texts in the window have that id too
   * @param cluster the one that it is in now; null for noise, a provisional one, and one that ended
   *     so long ago that the topic does not have it
   * @param missing partitions that did not answer; none unless a partial answer was asked for
   */
  public record OfText(
      ClusteredText text,
      boolean earlierTexts,
      ClusterRecord cluster,
      List<MissingPartition> missing) {}

  /**
   * A cluster, as the topic of clusters has it.
   *
   * @throws QueryException.Invalid if the id is empty or too long
   * @throws QueryException.UnknownId if there is none, or it ended long ago
   * @throws QueryException.TooMany if too many queries run already
   * @throws QueryException.Unavailable if the owner of the clusters does not answer
   */
  public ClusterRecord cluster(String id) {
    Questions.checkId(id);
    return questions.limited(deadline -> find(id, deadline).cluster());
  }

  private ClusterAnswer find(String id, FanOut.Deadline deadline) {
    Answers<ClusterAnswer> answers = ask(new ClusterQuestion(id, false), deadline);
    Questions.requireWhole(answers, false);
    ClusterAnswer answer = answers.byPartition().get(0);
    if (answer.cluster() == null) {
      throw QueryException.UnknownId.cluster(id);
    }
    return answer;
  }

  private Answers<ClusterAnswer> ask(ClusterQuestion question, FanOut.Deadline deadline) {
    return questions.ask(Operation.cluster(reader), 1, question, deadline);
  }

  /**
   * The members of a cluster that are in the window. A cluster that has ended has none.
   *
   * @param limit how many members at most, from 1 to {@value NeighboursQuery#MAX_K}
   * @param allowPartial whether an answer without some partitions is wanted rather than none
   * @throws QueryException.Invalid if the id is empty or too long, or the limit out of range
   * @throws QueryException.UnknownId if there is no such cluster, or it ended long ago
   * @throws QueryException.TooMany if too many queries run already
   * @throws QueryException.Unavailable if a partition does not answer
   */
  public Members members(String id, int limit, boolean allowPartial) {
    Questions.checkId(id);
    Questions.checkRange("limit", limit, NeighboursQuery.MAX_K);
    return questions.limited(
        deadline -> {
          ClusterAnswer found = find(id, deadline);
          if (found.cluster().state() != ClusterRecord.State.ACTIVE) {
            return new Members(found.cluster(), List.of(), false, List.of());
          }
          MembersQuestion question =
              new MembersQuestion(
                  found.cluster().modelVersion(), found.cluster().id(), found.absorbed(), limit);
          Answers<TextsAnswer> answers =
              questions.ask(Operation.members(reader), reader.partitions(), question, deadline);
          Questions.requireWhole(answers, allowPartial);
          List<ClusteredText> all = latest(answers);
          return new Members(
              found.cluster(),
              all.subList(0, Math.min(limit, all.size())),
              all.size() > limit || hasMore(answers),
              answers.missing());
        });
  }

  private static List<ClusteredText> latest(Answers<TextsAnswer> answers) {
    return answers.byPartition().values().stream()
        .flatMap(answer -> answer.texts().stream())
        .sorted(Merging.LATEST_CLUSTERED)
        .toList();
  }

  private static boolean hasMore(Answers<TextsAnswer> answers) {
    return answers.byPartition().values().stream().anyMatch(TextsAnswer::more);
  }

  /**
   * The cluster of the latest text with an id. Where its cluster was merged into another, that is
   * the one.
   *
   * @param allowPartial whether an answer without some partitions is wanted rather than none
   * @throws QueryException.Invalid if the id is empty or too long
   * @throws QueryException.UnknownId if no text in the window has that id
   * @throws QueryException.TooMany if too many queries run already
   * @throws QueryException.Unavailable if a partition does not answer
   */
  public OfText ofText(String textId, boolean allowPartial) {
    Questions.checkId(textId);
    return questions.limited(
        deadline -> {
          Answers<TextsAnswer> answers =
              questions.ask(
                  Operation.clustersOfId(reader),
                  reader.partitions(),
                  new TextQuestion(textId, 1),
                  deadline);
          Questions.requireWhole(answers, allowPartial);
          List<ClusteredText> all = latest(answers);
          if (all.isEmpty()) {
            if (answers.missing().isEmpty()) {
              throw QueryException.UnknownId.text(textId);
            }
            throw new QueryException.Unavailable(answers.missing()); // it may be there
          }
          boolean earlier = all.size() > 1 || hasMore(answers);
          return withCluster(all.get(0), earlier, answers.missing(), allowPartial, deadline);
        });
  }

  private OfText withCluster(
      ClusteredText text,
      boolean earlier,
      List<MissingPartition> missing,
      boolean allowPartial,
      FanOut.Deadline deadline) {
    if (text.cluster() == null) {
      return new OfText(text, earlier, null, missing);
    }
    Answers<ClusterAnswer> answers = ask(new ClusterQuestion(text.cluster(), true), deadline);
    if (!allowPartial) {
      Questions.requireWhole(answers, false);
    }
    ClusterAnswer answer = answers.byPartition().get(0);
    ClusterRecord cluster = answer == null ? null : answer.cluster();
    if (cluster != null && !cluster.modelVersion().equals(text.modelVersion())) {
      throw new IllegalStateException(
          "cluster %s of a text of model version %s is of %s"
              .formatted(cluster.id(), text.modelVersion(), cluster.modelVersion()));
    }
    return new OfText(
        cluster == null ? text : text.in(cluster.id()),
        earlier,
        cluster,
        Stream.of(missing, answers.missing()).flatMap(List::stream).distinct().toList());
  }
}
