package io.sentencestreams.app.window;

import io.sentencestreams.app.topology.LocalStores;
import io.sentencestreams.app.topology.LocalStores.NotHereException;
import io.sentencestreams.app.topology.RunningPartitions;
import io.sentencestreams.model.window.EventClock;
import io.sentencestreams.model.window.FixedPointVector;
import io.sentencestreams.model.window.Match;
import io.sentencestreams.model.window.WindowSnapshot;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.query.Query;
import org.apache.kafka.streams.query.QueryResult;
import org.apache.kafka.streams.query.StateQueryRequest;

/**
 * Reads the partitions of the window whose active tasks are in this process, through Kafka Streams'
 * interactive queries. Thread-safe; a stream thread waits for nothing here but single look-ups in a
 * store.
 *
 * <p>What is read is what the tasks have processed, committed or not: after a crash the same
 * records are processed again and lead to the same. Texts that have left the window by its clock
 * are not shown even while they still lie in a store, so that what is answered depends on what was
 * read from the topics alone, and not on when a task came here.
 */
public final class WindowReader {
  /** {@value}: the store whose partitions are those of the window. */
  public static final String WINDOW_STORE = WindowTopology.VECTORS_STORE;

  /** {@value}: the store of groups, which has one partition. */
  public static final String GROUPS_STORE = WindowTopology.GROUPS_STORE;

  /**
   * {@value}: what the owner of a partition of the window reads, without the application's name.
   */
  public static final String WINDOW_TOPIC = WindowTopology.WINDOW_TOPIC;

  /** {@value}: what the owner of the groups reads, without the application's name. */
  public static final String GROUPS_TOPIC = WindowTopology.PAIRS_TOPIC;

  /** What a caller may ask for of one partition; a little more than of all. */
  private static final int MOST = 1100;

  /** {@value}: the most characters of the texts of an answer, a partition's or the whole. */
  public static final long MOST_CHARS = 8_000_000;

  private final KafkaStreams streams;
  private final WindowSettings settings;
  private final RunningPartitions runningGroups;
  private final LocalStores stores;

  WindowReader(KafkaStreams streams, WindowSettings settings, RunningPartitions runningGroups) {
    this.streams = streams;
    this.stores = new LocalStores(streams);
    this.settings = settings;
    this.runningGroups = runningGroups;
  }

  /**
   * What is searched for among the texts that have a vector of one version of a model.
   *
   * @param modelVersion version of the model that made it
   * @param vector as {@link FixedPointVector#toBytes} writes it
   */
  public record QueryVector(String modelVersion, byte[] vector) {
    /**
     * Checks what may come from elsewhere.
     *
     * @throws IllegalArgumentException if something is missing
     */
    public QueryVector {
      if (modelVersion == null || vector == null || vector.length == 0) {
        throw new IllegalArgumentException("a model version and a vector are needed");
      }
    }
  }

  /**
   * Asks for the texts nearest to something.
   *
   * @param vectors of it, each of another version; of texts that are as near by two of them the
   *     first counts. Texts that have no vector of these versions are not compared
   * @param k how many at most
   * @param minSimilarity least cosine
   * @param fromTime least event time
   * @param toTime greatest event time
   */
  public record NearestQuestion(
      List<QueryVector> vectors, int k, float minSimilarity, long fromTime, long toTime) {
    /**
     * Checks what may come from elsewhere.
     *
     * @throws IllegalArgumentException if something is missing or out of range
     */
    public NearestQuestion {
      if (vectors == null || vectors.isEmpty() || vectors.stream().anyMatch(Objects::isNull)) {
        throw new IllegalArgumentException("vectors are needed");
      }
      vectors = List.copyOf(vectors);
      checkLimit(vectors.size());
      checkLimit(k);
    }

    /** Versions of the vectors. */
    public List<String> versions() {
      return vectors.stream().map(QueryVector::modelVersion).toList();
    }

    /** The best of what was found. */
    public List<Neighbour> best(Collection<Neighbour> found) {
      return Neighbour.best(found, versions(), k);
    }
  }

  /**
   * What is nearest in a partition.
   *
   * @param neighbours best first
   * @param versions how many vectors there are of each version of a model
   */
  public record NearestAnswer(List<Neighbour> neighbours, Map<String, Long> versions) {}

  /**
   * Asks for the texts with an id.
   *
   * @param limit how many at most
   * @param withVectors whether their vectors are wanted too: a text comes once for each version
   */
  public record TextsQuestion(String id, int limit, boolean withVectors) {
    /**
     * Checks what may come from elsewhere.
     *
     * @throws IllegalArgumentException if something is missing or out of range
     */
    public TextsQuestion {
      if (id == null) {
        throw new IllegalArgumentException("an id is needed");
      }
      checkLimit(limit);
    }
  }

  /**
   * Texts with an id.
   *
   * @param texts the latest first
   * @param more whether there are more than were asked for
   */
  public record TextsAnswer(List<Found> texts, boolean more) {}

  /**
   * A text that was found.
   *
   * @param vector as {@link FixedPointVector#toBytes} writes it; null where it was not asked for
   */
  public record Found(WindowText text, byte[] vector) {}

  /**
   * Asks for groups of near-duplicates.
   *
   * @param names of texts: topic, partition and offset, joined by hyphens
   */
  public record GroupsQuestion(List<String> names) {
    /**
     * Checks what may come from elsewhere.
     *
     * @throws IllegalArgumentException if there are none, or too many
     */
    public GroupsQuestion {
      checkLimit(names == null ? 0 : names.size());
    }
  }

  private static void checkLimit(int count) {
    if (count < 1 || count > MOST) {
      throw new IllegalArgumentException("%d must be from 1 to %d".formatted(count, MOST));
    }
  }

  /**
   * Groups of texts.
   *
   * @param groups by the text's name; a text that has no near-duplicate is in none
   */
  public record GroupsAnswer(Map<String, String> groups) {}

  /** A vector has another dimension than the window's of that version. */
  public static final class DimensionException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    DimensionException(int dimension, String modelVersion, int expected) {
      super(
          "the vector has %d dimensions, and those of model version %s have %d"
              .formatted(dimension, modelVersion, expected));
    }
  }

  /** The texts of an answer have more characters than an instance should have in memory. */
  public static final class TooLargeException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    TooLargeException(int texts) {
      super(
          "the first %,d texts of the answer have more than %,d characters: ask for fewer (k or limit)"
              .formatted(texts, MOST_CHARS));
    }
  }

  /** Number of partitions of the window. */
  public int partitions() {
    return settings.partitions();
  }

  /** Dimension of the vectors that the window takes. */
  public int dimension() {
    return settings.dimension();
  }

  /** Least similarity of near-duplicates. */
  public float threshold() {
    return settings.threshold();
  }

  /** How far apart in event time two texts may be to be near-duplicates, in milliseconds. */
  public long windowMillis() {
    return settings.window().toMillis();
  }

  /**
   * The nearest texts of a partition, each once, by comparing the vectors with all of them.
   *
   * @throws NotHereException if this process is not its active owner
   * @throws TooLargeException if the texts have too many characters
   * @throws DimensionException if texts of that version have vectors of another dimension
   */
  public NearestAnswer nearest(int partition, NearestQuestion question) {
    long from = Math.max(question.fromTime(), earliest(partition));
    // The running version's last: a text that is given its vector meanwhile is in either view.
    Deque<VectorView> views = new ArrayDeque<>();
    for (int i = question.vectors().size() - 1; i >= 0; i--) {
      String version = question.vectors().get(i).modelVersion();
      views.push(ask(partition, new VectorStore.ViewQuery(version)));
    }
    Map<String, Long> versions = views.isEmpty() ? Map.of() : views.getFirst().versions();
    List<Neighbour> found = new ArrayList<>();
    for (QueryVector vector : question.vectors()) {
      found.addAll(nearest(partition, question, vector, views.pop().vectors(), from));
    }
    return new NearestAnswer(question.best(found), versions);
  }

  private List<Neighbour> nearest(
      int partition,
      NearestQuestion question,
      QueryVector query,
      WindowSnapshot vectors,
      long from) {
    byte[] bytes = query.vector();
    short[] vector = FixedPointVector.fromBytes(bytes, 0, bytes.length / Short.BYTES);
    int dimension = vectors.dimension();
    if (dimension > 0 && dimension != vector.length) {
      throw new DimensionException(vector.length, query.modelVersion(), dimension);
    }
    int wanted = question.k();
    while (true) {
      List<Match> matches =
          vectors.nearest(vector, wanted, question.minSimilarity(), from, question.toTime());
      List<Neighbour> neighbours = new ArrayList<>();
      Set<WindowText.Source> sources =
          new HashSet<>(); // under at-least-once one may lie here twice
      boolean gone = false;
      long chars = 0;
      for (Match match : matches) {
        if (neighbours.size() == question.k()) {
          break;
        }
        byte[] entry = entry(partition, match.handle());
        if (entry == null) {
          gone = true;
          continue;
        }
        WindowText text = WindowText.of(WindowEntry.decode(entry));
        if (sources.add(text.source())) {
          neighbours.add(new Neighbour(match.similarity(), text));
          chars += text.text().length();
          checkSize(chars, neighbours.size());
        }
      }
      if (gone) { // or is it that the entries are being restored by now?
        ask(partition, new VectorStore.ViewQuery(query.modelVersion()));
      }
      if (neighbours.size() == question.k() || matches.size() < wanted) {
        return neighbours;
      }
      wanted *= 2; // some have left, or not quite arrived, since the view, or lie here twice
    }
  }

  /**
   * Texts of a partition that have an id.
   *
   * @throws TooLargeException if the texts have too many characters
   * @throws NotHereException if this process is not its active owner
   */
  public TextsAnswer texts(int partition, TextsQuestion question) {
    long earliest = Handles.first(earliest(partition));
    Map<String, WindowSnapshot> views = new HashMap<>();
    List<Found> texts = new ArrayList<>();
    Map<WindowText.Source, Set<String>> versions = new HashMap<>(); // a copy has the same source
    int page = question.limit() + 1; // few are gone, or of another id
    long before = Long.MAX_VALUE;
    long chars = 0;
    boolean more = false;
    while (true) {
      long[] handles = ask(partition, new VectorStore.HandlesQuery(question.id(), before, page));
      for (long handle : handles) {
        if (handle < earliest) {
          return new TextsAnswer(texts, more);
        }
        if (handle == before) {
          continue; // of a text that was read again
        }
        if (more && Handles.time(handle) < Handles.time(before)) {
          return new TextsAnswer(texts, true); // no other version of the last of them follows
        }
        before = handle;
        byte[] stored = entry(partition, handle);
        WindowEntry entry = stored == null ? null : WindowEntry.decode(stored);
        if (entry == null || !entry.item().id().equals(question.id())) {
          continue;
        }
        WindowText text = WindowText.of(entry);
        Set<String> known = versions.get(text.source());
        if (known == null && versions.size() == question.limit()) {
          if (!question.withVectors()) {
            return new TextsAnswer(texts, true);
          }
          more = true;
          continue;
        }
        if (known != null && (!question.withVectors() || known.contains(text.modelVersion()))) {
          continue;
        }
        byte[] vector = null;
        if (question.withVectors()) {
          vector = vector(partition, text.modelVersion(), handle, views);
          if (vector == null) {
            continue; // it has left the window since
          }
        }
        texts.add(new Found(text, vector));
        versions.computeIfAbsent(text.source(), s -> new HashSet<>()).add(text.modelVersion());
        chars += text.text().length();
        checkSize(chars, texts.size());
      }
      if (handles.length < page) {
        return new TextsAnswer(texts, more);
      }
    }
  }

  private static void checkSize(long chars, int texts) {
    if (chars > MOST_CHARS) {
      throw new TooLargeException(texts);
    }
  }

  private byte[] vector(
      int partition, String version, long handle, Map<String, WindowSnapshot> views) {
    short[] vector =
        views
            .computeIfAbsent(version, v -> ask(partition, new VectorStore.ViewQuery(v)).vectors())
            .vector(handle, Handles.time(handle));
    return vector == null ? null : FixedPointVector.toBytes(vector);
  }

  /**
   * Groups of texts.
   *
   * @param partition 0, there is no other
   * @throws NotHereException if this process is not its active owner
   */
  public GroupsAnswer groups(int partition, GroupsQuestion question) {
    runningGroups.require(partition, "the groups");
    Map<String, String> groups = new HashMap<>();
    for (String name : question.names()) {
      String group = Groups.find(name, key -> stores.get(GROUPS_STORE, partition, key));
      if (group != null) {
        groups.put(name, group);
      }
    }
    runningGroups.require(partition, "the groups");
    return new GroupsAnswer(groups);
  }

  /** What is older than this has left the window, whether it lies in a store or not. */
  private long earliest(int partition) {
    long now =
        SourceClocks.now(stores.get(WindowTopology.STATE_STORE, partition, SourceClocks.ACTIVITY));
    return now == EventClock.UNKNOWN
        ? Long.MIN_VALUE
        : now - settings.window().toMillis() - settings.grace().toMillis();
  }

  private byte[] entry(int partition, long handle) {
    return stores.get(WindowTopology.ENTRIES_STORE, partition, handle);
  }

  private <R> R ask(int partition, Query<R> query) {
    QueryResult<R> result =
        stores.here(
            () ->
                streams
                    .query(
                        StateQueryRequest.inStore(WINDOW_STORE)
                            .withQuery(query)
                            .withPartitions(Set.of(partition))
                            .requireActive())
                    .getPartitionResults()
                    .get(partition));
    if (result.isFailure()) {
      throw new NotHereException(
          "%s: %s".formatted(result.getFailureReason(), result.getFailureMessage()), null);
    }
    return result.getResult();
  }
}
