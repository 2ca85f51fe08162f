package io.sentencestreams.app.clusters;

import io.sentencestreams.app.topology.LocalStores;
import io.sentencestreams.model.clustering.online.Cluster;
import io.sentencestreams.model.clustering.online.MacroStep;
import io.sentencestreams.schemas.ClusterRecord;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.ReadOnlyKeyValueStore;

/**
 * Reads the clusters and their members where their active tasks are in this process, through Kafka
 * Streams' interactive queries. Thread-safe; no stream thread waits for it.
 *
 * <p>What is read is what the tasks have processed, committed or not: after a crash the same
 * records are processed again and lead to the same.
 */
public final class ClustersReader {
  /** {@value}: the store of clusters, which has one partition. */
  public static final String CLUSTERS_STORE = ClustersTopology.CLUSTERS_STORE;

  /** {@value}: the store of texts and their clusters, as many partitions as the stream has. */
  public static final String MEMBERS_STORE = ClustersTopology.MEMBERS_STORE;

  /** {@value}: what the owner of the clusters reads, without the application's name. */
  public static final String CLUSTERS_TOPIC = ClustersTopology.SUMMARIES_TOPIC;

  /** {@value}: what the owner of a partition of texts reads, without the application's name. */
  public static final String MEMBERS_TOPIC = ClustersTopology.MODELS_TOPIC;

  /** What a caller may ask for of one partition; a little more than of all. */
  private static final int MOST = 1100;

  private static final int ATTEMPTS = 5;

  private final LocalStores stores;
  private final ClusterSettings settings;

  ClustersReader(LocalStores stores, ClusterSettings settings) {
    this.stores = stores;
    this.settings = settings;
  }

  /**
   * Asks for a cluster.
   *
   * @param id as on the topic of clusters
   * @param heir whether the cluster that it went into is wanted where it was merged
   */
  public record ClusterQuestion(String id, boolean heir) {
    /**
     * Checks what may come from elsewhere.
     *
     * @throws IllegalArgumentException if the id is missing
     */
    public ClusterQuestion {
      if (id == null) {
        throw new IllegalArgumentException("an id is needed");
      }
    }
  }

  /**
   * A cluster.
   *
   * @param cluster as the topic of clusters has it, ended ones as long as it has them; null if
   *     there is none
   * @param absorbed ids of the clusters that were merged into it, one after the other
   */
  public record ClusterAnswer(ClusterRecord cluster, List<String> absorbed) {}

  /**
   * Asks for the members of a cluster.
   *
   * @param modelVersion of the cluster; texts of others are not looked at
   * @param cluster its id
   * @param absorbed ids of clusters that were merged into it: texts whose micro-cluster is gone and
   *     that were told one of these are its members too
   * @param limit how many at most
   */
  public record MembersQuestion(
      String modelVersion, String cluster, List<String> absorbed, int limit) {
    /**
     * Checks what may come from elsewhere.
     *
     * @throws IllegalArgumentException if something is missing or out of range
     */
    public MembersQuestion {
      if (modelVersion == null || cluster == null || absorbed == null) {
        throw new IllegalArgumentException("a model version and a cluster are needed");
      }
      checkLimit(limit);
    }
  }

  /**
   * Asks for the clusters of the texts with an id.
   *
   * @param limit how many texts at most
   */
  public record TextQuestion(String id, int limit) {
    /**
     * Checks what may come from elsewhere.
     *
     * @throws IllegalArgumentException if something is missing or out of range
     */
    public TextQuestion {
      if (id == null) {
        throw new IllegalArgumentException("an id is needed");
      }
      checkLimit(limit);
    }
  }

  private static void checkLimit(int count) {
    if (count < 1 || count > MOST) {
      throw new IllegalArgumentException("%d must be from 1 to %d".formatted(count, MOST));
    }
  }

  /**
   * Texts of a partition with their clusters.
   *
   * @param texts the latest first
   * @param more whether there are more than were asked for
   */
  public record TextsAnswer(List<ClusteredText> texts, boolean more) {}

  /** Number of partitions of the stream. */
  public int partitions() {
    return settings.partitions();
  }

  /**
   * A cluster.
   *
   * @param partition 0, there is no other
   * @throws LocalStores.NotHereException if this process is not its active owner
   */
  public ClusterAnswer cluster(int partition, ClusterQuestion question) {
    settings.runningMacro().require(partition, "the clusters");
    ClusterAnswer answer =
        stores.<byte[], ClusterAnswer>read(
            CLUSTERS_STORE, partition, store -> cluster(store, question));
    settings.runningMacro().require(partition, "the clusters");
    return answer;
  }

  private static ClusterAnswer cluster(
      ReadOnlyKeyValueStore<byte[], byte[]> store, ClusterQuestion question) {
    try (Deserializer<ClusterRecord> deserializer = ClusterPublisher.stored()) {
      ClusterRecord cluster = get(store, deserializer, question.id());
      Set<String> seen = new HashSet<>();
      while (question.heir()
          && cluster != null
          && cluster.mergedInto() != null
          && seen.add(cluster.id())) {
        cluster = get(store, deserializer, cluster.mergedInto());
      }
      return new ClusterAnswer(
          cluster, cluster == null ? List.of() : absorbed(store, deserializer, cluster.id()));
    }
  }

  private static ClusterRecord get(
      ReadOnlyKeyValueStore<byte[], byte[]> store,
      Deserializer<ClusterRecord> deserializer,
      String id) {
    byte[] value = store.get(id.getBytes(StandardCharsets.UTF_8));
    return value == null ? null : deserializer.deserialize("", value);
  }

  private static List<String> absorbed(
      ReadOnlyKeyValueStore<byte[], byte[]> store,
      Deserializer<ClusterRecord> deserializer,
      String id) {
    Map<String, List<String>> merged = new HashMap<>();
    try (KeyValueIterator<byte[], byte[]> all = store.all()) {
      while (all.hasNext()) {
        KeyValue<byte[], byte[]> entry = all.next();
        ClusterRecord cluster = deserializer.deserialize("", entry.value);
        if (cluster.mergedInto() != null) {
          merged.computeIfAbsent(cluster.mergedInto(), into -> new ArrayList<>()).add(cluster.id());
        }
      }
    }
    List<String> absorbed = new ArrayList<>(merged.getOrDefault(id, List.of()));
    for (int i = 0; i < absorbed.size(); i++) {
      for (String earlier : merged.getOrDefault(absorbed.get(i), List.of())) {
        if (!absorbed.contains(earlier)) {
          absorbed.add(earlier);
        }
      }
    }
    return absorbed;
  }

  /**
   * Members of a cluster in a partition: its texts are looked through, the latest first.
   *
   * @param end when nobody waits any more, on the clock of {@link System#nanoTime}
   * @throws LocalStores.NotHereException if this process is not its active owner, or there are so
   *     many texts that nobody waits any more
   */
  public TextsAnswer members(int partition, MembersQuestion question, long end) {
    Set<String> names = new HashSet<>(question.absorbed());
    names.add(question.cluster());
    return read(
        partition,
        (store, steps) -> {
          List<ClusteredText> texts = new ArrayList<>();
          boolean[] more = {false};
          Members.latestFirst(
              store,
              settings.membersMillis(),
              member -> {
                if (System.nanoTime() - end > 0) {
                  throw new LocalStores.NotHereException(
                      "its texts were not looked through in time (query.timeout.ms)", null);
                }
                if (!member.text().modelVersion().equals(question.modelVersion())) {
                  return true;
                }
                ClusteredText text = steps.after(member);
                if (text.cluster() == null || !names.contains(text.cluster())) {
                  return true;
                }
                more[0] = texts.size() == question.limit();
                if (!more[0]) {
                  texts.add(text.in(question.cluster()));
                }
                return !more[0];
              });
          return new TextsAnswer(texts, more[0]);
        });
  }

  /**
   * Texts of a partition that have an id, with their clusters.
   *
   * @throws LocalStores.NotHereException if this process is not its active owner
   */
  public TextsAnswer texts(int partition, TextQuestion question) {
    return read(
        partition,
        (store, steps) -> {
          List<ClusteredText> texts = new ArrayList<>();
          boolean[] more = {false};
          Members.withId(
              store,
              settings.membersMillis(),
              question.id(),
              member -> {
                more[0] = texts.size() == question.limit();
                if (!more[0]) {
                  texts.add(steps.after(member));
                }
                return !more[0];
              });
          return new TextsAnswer(texts, more[0]);
        });
  }

  private interface Reading {
    TextsAnswer read(ReadOnlyKeyValueStore<byte[], byte[]> store, Steps steps);
  }

  private TextsAnswer read(int partition, Reading reading) {
    settings.running().require(partition, "the texts");
    TextsAnswer answer =
        stores.<byte[], TextsAnswer>read(
            MEMBERS_STORE, partition, store -> reading.read(store, new Steps(partition)));
    settings.running().require(partition, "the texts");
    return answer;
  }

  /** The last step of each model version that a query meets. */
  private final class Steps {
    private final int partition;
    private final Map<String, MacroStep> known = new HashMap<>();
    private final Map<String, Set<Long>> published = new HashMap<>();

    Steps(int partition) {
      this.partition = partition;
    }

    ClusteredText after(Member member) {
      String modelVersion = member.text().modelVersion();
      MacroStep step = known.computeIfAbsent(modelVersion, this::read);
      return member.after(
          step,
          published.computeIfAbsent(
              modelVersion,
              version -> step.clusters().stream().map(Cluster::id).collect(Collectors.toSet())));
    }

    private MacroStep read(String modelVersion) {
      for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
        Optional<MacroStep> step =
            stores.<byte[], Optional<MacroStep>>read(
                ClustersTopology.MODELS_STORE,
                partition,
                store -> PartitionModels.latest(store, modelVersion));
        if (step.isPresent()) {
          return step.get();
        }
      }
      throw new LocalStores.NotHereException("its clusters change too fast to be read", null);
    }
  }
}
