package io.sentencestreams.app.demo;

import io.sentencestreams.schemas.ClusterRecord;
import io.sentencestreams.schemas.ClusterSerdes;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.kafka.common.serialization.Deserializer;

/** Keeps what the compacted topic of clusters says, and shows clusters as they form. */
final class ClustersView implements AutoCloseable {
  private static final long SHOW_NANOS = 2_000_000_000L;
  private static final int TERMS = 4;
  private static final int EXAMPLES = 2;
  private static final int LARGEST = 6;

  private final DemoScreen screen;
  private final Deserializer<ClusterRecord> deserializer = ClusterSerdes.deserializer(Map.of());
  private final Map<String, ClusterRecord> clusters = new LinkedHashMap<>();
  private final Set<String> shown = new HashSet<>();
  private long lastNanos = System.nanoTime();
  private long lastShown = System.nanoTime();

  ClustersView(DemoScreen screen) {
    this.screen = screen;
  }

  void add(byte[] value) {
    lastNanos = System.nanoTime();
    if (value == null) {
      return; // it had ended before
    }
    ClusterRecord cluster = deserializer.deserialize(Demo.CLUSTERS, value);
    ClusterRecord before = clusters.put(cluster.id(), cluster);
    if (cluster.state() == ClusterRecord.State.MERGED && shown.contains(cluster.id())) {
      ClusterRecord heir = clusters.get(cluster.mergedInto());
      if (before != null && heir != null) {
        screen.line("");
        screen.line("  cluster “%s” has gone into “%s”", terms(before), terms(heir));
      }
    }
  }

  /** The largest one that has not been shown. */
  void show() {
    long now = System.nanoTime();
    if (now - lastShown < SHOW_NANOS) {
      return;
    }
    Optional<ClusterRecord> largest =
        living().filter(cluster -> !shown.contains(cluster.id())).findFirst();
    if (largest.isPresent()) {
      ClusterRecord cluster = largest.get();
      shown.add(cluster.id());
      lastShown = now;
      screen.line("");
      screen.line("  new cluster “%s”, %,d texts", terms(cluster), cluster.size());
      cluster.representatives().stream()
          .limit(EXAMPLES)
          .forEach(typical -> screen.line("         %s", typical.text()));
    }
  }

  void sum() {
    List<ClusterRecord> all = living().toList();
    long texts = all.stream().mapToLong(ClusterRecord::size).sum();
    screen.line("%,d texts in %,d clusters, the largest of them:", texts, all.size());
    for (ClusterRecord cluster : all.subList(0, Math.min(LARGEST, all.size()))) {
      screen.line("  %,5d  %s", cluster.size(), terms(cluster));
      cluster.representatives().stream()
          .limit(1)
          .forEach(typical -> screen.line("         %s", typical.text()));
    }
  }

  private Stream<ClusterRecord> living() {
    return clusters.values().stream()
        .filter(cluster -> cluster.state() == ClusterRecord.State.ACTIVE)
        .sorted(Comparator.comparingLong((ClusterRecord cluster) -> -cluster.size()));
  }

  private static String terms(ClusterRecord cluster) {
    return String.join(", ", cluster.terms().stream().limit(TERMS).toList());
  }

  /** When the last change came. */
  long lastNanos() {
    return lastNanos;
  }

  @Override
  public void close() {
    deserializer.close();
  }
}
