package io.sentencestreams.app.clusters;

import io.sentencestreams.model.clustering.online.MacroClusters;
import io.sentencestreams.model.clustering.online.MacroOptions;
import io.sentencestreams.model.clustering.online.MicroSummary;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.TreeSet;

/** What the macro step knows of one model version: the micro-clusters of all partitions. */
final class MacroVersion {
  private final NavigableMap<Long, MicroSummary> summaries = new TreeMap<>();

  /** How far event time has come, by partition. */
  private final Map<Integer, Long> clocks = new TreeMap<>();

  private MacroClusters clusters;
  private long steps;
  private int living;

  /** Without anything yet. */
  MacroVersion(MacroOptions options) {
    clusters = new MacroClusters(options);
  }

  /** A store's entry of summaries, put back or new. */
  void restore(long number, byte[] value) {
    if (number == PartitionIds.floor(PartitionIds.partition(number))) {
      clocks.put(PartitionIds.partition(number), ByteBuffer.wrap(value).getLong());
    } else {
      summaries.put(number, MicroSummary.fromBytes(value));
    }
  }

  /** Takes a summary; of one version all have the same dimension, and one that has not is none. */
  boolean add(MicroSummary summary) {
    if (!summaries.isEmpty()
        && summaries.firstEntry().getValue().centroid().length != summary.centroid().length) {
      return false;
    }
    summaries.put(summary.id(), summary);
    return true;
  }

  /** Those of a partition's micro-clusters that do not live any more are dropped and returned. */
  List<Long> retain(MicroOutput.Living told) {
    clocks.put(told.partition(), told.now());
    TreeSet<Long> all = new TreeSet<>();
    for (long id : told.ids()) {
      all.add(id);
    }
    List<Long> gone = new ArrayList<>();
    for (long id :
        summaries
            .subMap(
                PartitionIds.floor(told.partition()),
                true,
                PartitionIds.floor(told.partition() + 1),
                false)
            .keySet()) {
      if (!all.contains(id)) {
        gone.add(id);
      }
    }
    gone.forEach(summaries::remove);
    return gone;
  }

  /** A copy that does not change. */
  List<MicroSummary> summaries() {
    return List.copyOf(summaries.values());
  }

  Map<Integer, Long> clocks() {
    return clocks;
  }

  /** Not to be touched while a step is under way on another thread. */
  MacroClusters clusters() {
    return clusters;
  }

  /** Counts a step that has been taken up; returns its number. */
  long stepped(int clustersNow) {
    living = clustersNow;
    return ++steps;
  }

  /** Whether nothing is left of it. */
  boolean isGone() {
    return summaries.isEmpty() && living == 0;
  }

  /** Clusters at the last step. */
  int living() {
    return living;
  }

  byte[] encode() {
    byte[] bytes = clusters.toBytes();
    return ClusterCodec.FORM.encode(
        bytes.length + 32,
        encoder -> {
          encoder.writeLong(steps);
          encoder.writeInt(living);
          encoder.writeBytes(bytes);
        });
  }

  /** Puts back what {@link #encode} gave. */
  void decode(byte[] stored, MacroOptions options) {
    clusters =
        ClusterCodec.FORM.decode(
            "The clusters' state",
            stored,
            decoder -> {
              steps = decoder.readLong();
              living = decoder.readInt();
              ByteBuffer buffer = decoder.readBytes(null);
              byte[] bytes = new byte[buffer.remaining()];
              buffer.get(bytes);
              return MacroClusters.fromBytes(bytes, options);
            });
  }
}
