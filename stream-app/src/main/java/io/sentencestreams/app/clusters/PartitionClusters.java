package io.sentencestreams.app.clusters;

import io.sentencestreams.model.clustering.online.Assignment;
import io.sentencestreams.model.clustering.online.Changed;
import io.sentencestreams.model.clustering.online.MicroClusters;
import io.sentencestreams.model.clustering.online.MicroSummary;
import io.sentencestreams.model.clustering.online.Placed;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * The micro-clusters of one partition, of each model version apart, and their store. What changes
 * is put into the store with each text; the store's cache lets what is dirty at a commit through to
 * the changelog.
 */
final class PartitionClusters {
  private static final int MOST_ID_CHARS = 256;

  private final ClusterSettings settings;
  private final int partition;
  private final KeyValueStore<byte[], byte[]> store;
  private final SortedMap<String, Version> versions = new TreeMap<>();

  /** Where a text went. */
  record Clustered(long microCluster, Placed placed) {}

  /** What there is of one model version. */
  private static final class Version {
    private final MicroClusters clusters;
    private final int dimension;
    private final TreeSet<Long> living = new TreeSet<>();

    /** What the macro step has not been told. */
    private final SortedMap<Long, byte[]> untold = new TreeMap<>();

    /** Whether it has to be told which ones live: some are new, or gone. */
    private boolean told;

    Version(MicroClusters clusters, int dimension) {
      this.clusters = clusters;
      this.dimension = dimension;
    }
  }

  /** As they are in the store. */
  PartitionClusters(ClusterSettings settings, int partition, KeyValueStore<byte[], byte[]> store) {
    this.settings = settings;
    this.partition = partition;
    this.store = store;
    restore();
  }

  /**
   * All of them count as untold afterwards: nobody knows what the lost task had told since its last
   * commit, and to tell it twice does no harm.
   */
  private void restore() {
    Map<String, List<Changed>> stored = new HashMap<>();
    try (KeyValueIterator<byte[], byte[]> all = store.all()) {
      while (all.hasNext()) {
        KeyValue<byte[], byte[]> entry = all.next();
        stored
            .computeIfAbsent(ClusterKeys.modelVersion(entry.key), key -> new ArrayList<>())
            .add(new Changed(ClusterKeys.number(entry.key), entry.value));
      }
    }
    stored.forEach(
        (modelVersion, entries) -> {
          Optional<Changed> any =
              entries.stream().filter(entry -> entry.id() != MicroClusters.STATE_ID).findFirst();
          if (any.isEmpty()) {
            // Under at-least-once a kill can come before the first one is written; the text that
            // began it is read again.
            store.delete(ClusterKeys.of(modelVersion, MicroClusters.STATE_ID));
            return;
          }
          Version version = open(MicroSummary.fromBytes(any.get().bytes()).centroid().length);
          for (Changed entry : entries) {
            version.clusters.restore(entry.id(), entry.bytes());
            if (entry.id() != MicroClusters.STATE_ID) {
              version.living.add(entry.id());
              version.untold.put(entry.id(), entry.bytes());
            }
          }
          versions.put(modelVersion, version);
        });
  }

  private Version open(int dimension) {
    return new Version(new MicroClusters(settings.micro(), dimension, partition), dimension);
  }

  /** Whether a vector is of the same dimension as others of its model version. */
  boolean isComparable(EmbeddedText text) {
    Version version = versions.get(text.modelVersion());
    return version == null || version.dimension == text.vector().length;
  }

  /**
   * Takes a comparable text in, and keeps what is said of it.
   *
   * @param time of the text, as far as it is believed
   * @param models the clusters that are known
   */
  Clustered add(EmbeddedText text, long time, PartitionModels models) {
    Version version =
        versions.computeIfAbsent(text.modelVersion(), key -> open(text.vector().length));
    // Ids may be as long as keys; several representatives go into one record.
    String id = ClustersTopology.beginning(text.id(), MOST_ID_CHARS);
    Assignment assignment =
        version.clusters.add(time, text.vector(), id, text.text(), models.newest(text));
    Placed placed = models.place(text, assignment);
    version.clusters.place(assignment, placed);
    for (Changed change : version.clusters.drainChanges()) {
      store.put(ClusterKeys.of(text.modelVersion(), change.id()), change.bytes());
      if (change.id() != MicroClusters.STATE_ID) {
        note(version, change);
      }
    }
    return new Clustered(assignment.microCluster(), placed);
  }

  private static void note(Version version, Changed change) {
    if (change.bytes() == null) {
      version.untold.remove(change.id());
      version.living.remove(change.id());
    } else {
      version.untold.put(change.id(), change.bytes());
      version.living.add(change.id());
    }
    version.told = false;
  }

  /** Event time of the partition: the latest of its model versions' clocks. */
  long now() {
    return versions.values().stream()
        .mapToLong(version -> version.clusters.now())
        .max()
        .orElse(Long.MIN_VALUE);
  }

  /** Micro-clusters of all model versions. */
  int size() {
    return versions.values().stream().mapToInt(version -> version.clusters.size()).sum();
  }

  /** Whether the macro step knows less than there is. */
  boolean hasNews() {
    return versions.values().stream().anyMatch(version -> !version.told);
  }

  /** What has changed since it was last told, which it counts as from now on. */
  void tell(Consumer<MicroOutput> receiver) {
    long latest = now();
    versions
        .entrySet()
        .removeIf(
            entry -> {
              Version version = entry.getValue();
              boolean old = version.clusters.now() < latest - settings.forgottenMillis();
              if (old) {
                forget(entry.getKey(), version);
                receiver.accept(living(entry.getKey(), version));
              }
              return old;
            });
    versions.forEach(
        (modelVersion, version) -> {
          if (!version.told) {
            version.untold.forEach(
                (id, bytes) -> receiver.accept(new MicroOutput.Summary(modelVersion, id, bytes)));
            receiver.accept(living(modelVersion, version));
            version.untold.clear();
            version.told = true;
          }
        });
  }

  private void forget(String modelVersion, Version version) {
    version.living.forEach(id -> store.delete(ClusterKeys.of(modelVersion, id)));
    store.delete(ClusterKeys.of(modelVersion, MicroClusters.STATE_ID));
    version.living.clear();
  }

  private MicroOutput living(String modelVersion, Version version) {
    return new MicroOutput.Living(
        modelVersion,
        partition,
        version.clusters.now(),
        version.living.stream().mapToLong(Long::longValue).toArray());
  }
}
