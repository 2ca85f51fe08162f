package io.sentencestreams.app.query;

import io.sentencestreams.app.clusters.ClustersReader;
import io.sentencestreams.app.window.Neighbour;
import io.sentencestreams.app.window.WindowReader;
import io.sentencestreams.app.window.WindowReader.Found;
import io.sentencestreams.app.window.WindowReader.GroupsAnswer;
import io.sentencestreams.app.window.WindowReader.GroupsQuestion;
import io.sentencestreams.app.window.WindowReader.NearestAnswer;
import io.sentencestreams.app.window.WindowReader.NearestQuestion;
import io.sentencestreams.app.window.WindowReader.TextsAnswer;
import io.sentencestreams.app.window.WindowReader.TextsQuestion;
import io.sentencestreams.app.window.WindowText;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.state.HostInfo;

/**
 * Queries of the window, whichever instances its partitions are on. Thread-safe.
 *
 * <p>Each query goes to all partitions, and each of them compares all of its vectors: the answer is
 * exact. It is whole, too: where a partition does not answer, the query fails with {@link
 * QueryException.Unavailable}, which names it, unless a partial answer was asked for. Vectors of
 * two versions of a model are never compared. While one takes over from another a text is searched
 * for by a vector of each, as long as the encoder has both; what no vector was compared with is
 * counted in the answer.
 *
 * <p>Answers show what the tasks have processed, committed or not. Under exactly-once, what a crash
 * takes back is processed again and comes out the same.
 */
public final class WindowQueries {
  /** {@value}: the most characters of a text that is searched for. */
  public static final int MAX_TEXT_CHARS = 32_768;

  /** {@value}: the most characters of an id. */
  public static final int MAX_ID_CHARS = 4096;

  private final WindowReader window;
  private final QueryEncoder encoder;
  private final Questions questions;
  private final PeerApi peerApi;
  private final ClusterQueries clusters;

  /**
   * How queries are answered.
   *
   * @param applicationId of the stream
   * @param applicationServer host and port of this instance, as other instances reach it; null: it
   *     answers from its own partitions only
   * @param timeout after which a query fails
   * @param maxConcurrent queries at a time; further ones are refused
   */
  public record Settings(
      String applicationId, String applicationServer, Duration timeout, int maxConcurrent) {}

  /**
   * Queries of a stream.
   *
   * @param window of near-duplicates, or null where the stream has none
   * @param clusters or null where the stream makes none
   */
  public WindowQueries(
      KafkaStreams streams,
      WindowReader window,
      ClustersReader clusters,
      QueryEncoder encoder,
      Settings settings) {
    this.window = window;
    this.encoder = encoder;
    FanOut fanOut =
        new FanOut(
            new Owners(streams, settings.applicationId()),
            settings.applicationServer() == null
                ? null
                : HostInfo.buildFromEndpoint(settings.applicationServer()),
            new PeerClient(settings.applicationId(), settings.timeout()));
    this.questions = new Questions(fanOut, settings);
    this.clusters = clusters == null ? null : new ClusterQueries(clusters, questions);
    this.peerApi =
        new PeerApi(
            settings.applicationId(),
            Operation.all(window, clusters),
            Math.max(
                window == null ? 1 : window.partitions(),
                clusters == null ? 1 : clusters.partitions()),
            settings.timeout());
  }

  /**
   * Queries of the clusters.
   *
   * @throws QueryException.Invalid if this stream makes none
   */
  public ClusterQueries clusters() {
    if (clusters == null) {
      throw new QueryException.Invalid(
          "no_clusters", "this stream makes no clusters: its configuration has no clusters.topic");
    }
    return clusters;
  }

  private void requireWindow() {
    if (window == null) {
      throw new QueryException.Invalid(
          "no_window", "this stream has no window: its configuration has no duplicates.topic");
    }
  }

  /** What this instance answers to others. */
  PeerApi peerApi() {
    return peerApi;
  }

  /**
   * The nearest texts.
   *
   * @throws QueryException.Invalid if the stream has no window, something in the query is out of
   *     range, the vector has another dimension than the window's, or no text was embedded by that
   *     version of a model
   * @throws QueryException.TooMany if too many queries run already
   * @throws QueryException.Unavailable if a partition does not answer, or the encoder does not
   */
  public Neighbours neighbours(NeighboursQuery query) {
    requireWindow();
    check(query);
    return questions.limited(
        deadline -> {
          QueryVectors vectors = QueryVectors.of(query, encoder, window.dimension(), deadline);
          NearestQuestion question =
              new NearestQuestion(
                  vectors.vectors(),
                  query.k(),
                  query.minSimilarity(),
                  Long.MIN_VALUE,
                  Long.MAX_VALUE);
          Answers<NearestAnswer> answers =
              questions.ask(Operation.nearest(window), window.partitions(), question, deadline);
          Questions.requireWhole(answers, query.allowPartial());
          String asked = query.modelVersion();
          if (asked != null
              && !asked.equals(encoder.modelVersion())
              && answers.missing().isEmpty()) {
            requireKnown(asked, answers);
          }
          return new Neighbours(
              vectors.modelVersion(),
              vectors.truncated(),
              best(question, answers),
              vectors.notCompared(answers),
              answers.missing());
        });
  }

  private static void check(NeighboursQuery query) {
    if ((query.text() == null) == (query.vector() == null)) {
      throw new QueryException.Invalid("text_or_vector", "give a text or a vector, and not both");
    }
    if (query.text() != null && query.text().isBlank()) {
      throw new QueryException.Invalid("empty_text", "the text holds nothing but white space");
    }
    if (query.text() != null && query.text().length() > MAX_TEXT_CHARS) {
      throw new QueryException.Invalid(
          "text_too_long",
          "the text has %,d characters, and at most %,d are searched for"
              .formatted(query.text().length(), MAX_TEXT_CHARS));
    }
    Questions.checkRange("k", query.k(), NeighboursQuery.MAX_K);
    if (!(query.minSimilarity() >= -1 && query.minSimilarity() <= 1)) {
      throw new QueryException.Invalid(
          "out_of_range",
          "min_similarity is %s, and a cosine is from -1 to 1".formatted(query.minSimilarity()));
    }
  }

  private static void requireKnown(String version, Answers<NearestAnswer> answers) {
    Set<String> versions = new TreeSet<>();
    answers.byPartition().values().forEach(answer -> versions.addAll(answer.versions().keySet()));
    if (!versions.contains(version)) {
      throw new QueryException.Invalid(
          "unknown_model_version",
          "no text in the window was embedded by model version %s; there are texts of %s"
              .formatted(version, versions.isEmpty() ? "none" : String.join(", ", versions)));
    }
  }

  private static List<Neighbour> best(NearestQuestion question, Answers<NearestAnswer> answers) {
    return question.best(
        answers.byPartition().values().stream()
            .flatMap(answer -> answer.neighbours().stream())
            .toList());
  }

  /**
   * The texts with an id.
   *
   * @param limit how many at most, from 1 to {@value NeighboursQuery#MAX_K}
   * @param allowPartial whether an answer without some partitions is wanted rather than none
   * @throws QueryException.Invalid if the id is empty or too long, or the limit out of range
   * @throws QueryException.UnknownId if there is none
   * @throws QueryException.TooMany if too many queries run already
   * @throws QueryException.Unavailable if a partition does not answer
   */
  public TextsOfId texts(String id, int limit, boolean allowPartial) {
    check(id, limit);
    return questions.limited(
        deadline -> {
          Texts found = find(new TextsQuestion(id, limit, false), allowPartial, deadline);
          return new TextsOfId(
              id,
              found.texts().stream().map(versions -> versions.get(0).text()).toList(),
              found.more(),
              found.missing());
        });
  }

  /** Each text by the version that runs, and then by others where their vectors were asked for. */
  private record Texts(List<List<Found>> texts, boolean more, List<MissingPartition> missing) {}

  private Texts find(TextsQuestion question, boolean allowPartial, FanOut.Deadline deadline) {
    Answers<TextsAnswer> answers =
        questions.ask(Operation.texts(window), window.partitions(), question, deadline);
    Questions.requireWhole(answers, allowPartial);
    String running = encoder.modelVersion();
    // A text may lie in two partitions while a model takes over from another.
    Map<WindowText.Source, List<Found>> bySource =
        answers.byPartition().values().stream()
            .flatMap(answer -> answer.texts().stream())
            .sorted(
                Merging.LATEST_FOUND.thenComparing(
                    found -> !found.text().modelVersion().equals(running)))
            .collect(
                Collectors.groupingBy(
                    found -> found.text().source(), LinkedHashMap::new, Collectors.toList()));
    List<List<Found>> all = List.copyOf(bySource.values());
    if (all.isEmpty() && answers.missing().isEmpty()) {
      throw QueryException.UnknownId.text(question.id());
    }
    boolean more =
        all.size() > question.limit()
            || answers.byPartition().values().stream().anyMatch(TextsAnswer::more);
    List<List<Found>> latest = all.subList(0, Math.min(all.size(), question.limit()));
    return new Texts(latest, more, answers.missing());
  }

  private void check(String id, int limit) {
    requireWindow();
    Questions.checkId(id);
    Questions.checkRange("limit", limit, NeighboursQuery.MAX_K);
  }

  /**
   * The near-duplicates of the latest text with an id: those that are in the window now, at most as
   * far apart from it in event time as the window is long, and at least as similar as
   * near-duplicates are. Pairs with texts that have left the window are on the topic of duplicates.
   *
   * @param limit how many near-duplicates at most, from 1 to {@value NeighboursQuery#MAX_K}
   * @param allowPartial whether an answer without some partitions is wanted rather than none
   * @throws QueryException.Invalid if the id is empty or too long, or the limit out of range
   * @throws QueryException.UnknownId if no text in the window has that id
   * @throws QueryException.TooMany if too many queries run already
   * @throws QueryException.Unavailable if a partition does not answer
   */
  public Duplicates duplicates(String id, int limit, boolean allowPartial) {
    check(id, limit);
    return questions.limited(
        deadline -> {
          Texts found = find(new TextsQuestion(id, 1, true), allowPartial, deadline);
          if (found.texts().isEmpty()) { // it may be where nobody answers
            throw new QueryException.Unavailable(found.missing());
          }
          List<Found> versions = found.texts().get(0);
          WindowText text = versions.get(0).text();
          QueryVectors vectors = QueryVectors.of(versions, encoder, deadline);
          NearestQuestion question = near(text, vectors, limit);
          Answers<NearestAnswer> near =
              questions.ask(Operation.nearest(window), window.partitions(), question, deadline);
          Questions.requireWhole(near, allowPartial);
          Answers<GroupsAnswer> groups = groups(text, deadline);
          if (!allowPartial) {
            Questions.requireWhole(groups, false);
          }
          List<Neighbour> others =
              best(question, near).stream()
                  .filter(other -> !other.text().source().equals(text.source()))
                  .toList();
          return new Duplicates(
              text,
              found.more(),
              group(text, groups),
              others.subList(0, Math.min(others.size(), limit)),
              others.size() > limit,
              vectors.notCompared(near),
              Stream.of(found.missing(), near.missing(), groups.missing())
                  .flatMap(List::stream)
                  .distinct()
                  .toList());
        });
  }

  private NearestQuestion near(WindowText text, QueryVectors vectors, int limit) {
    return new NearestQuestion(
        vectors.vectors(),
        limit + 2, // itself, and one that tells that there are more
        window.threshold(),
        text.eventTime() - window.windowMillis(),
        text.eventTime() + window.windowMillis());
  }

  private Answers<GroupsAnswer> groups(WindowText text, FanOut.Deadline deadline) {
    GroupsQuestion question = new GroupsQuestion(List.of(text.source().name()));
    return questions.ask(Operation.groups(window), 1, question, deadline);
  }

  private static String group(WindowText text, Answers<GroupsAnswer> answers) {
    GroupsAnswer answer = answers.byPartition().get(0);
    return answer == null ? null : answer.groups().get(text.source().name());
  }
}
