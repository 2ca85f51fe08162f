package io.sentencestreams.app.clusters;

import io.sentencestreams.model.clustering.online.Cluster;
import io.sentencestreams.model.clustering.online.ClusterEvent;
import io.sentencestreams.model.clustering.online.MacroStep;
import io.sentencestreams.schemas.ClusterRecord;
import io.sentencestreams.schemas.ClusterSerdes;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serializer;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * What the topic of clusters says of each: a record when it has changed, one that says how it ended
 * when it has, and some time later a tombstone. The store has what was said last.
 */
final class ClusterPublisher {
  /** How much the weight may differ from what the topic says, by its share. */
  private static final double WEIGHT_SLACK = 0.1;

  private static final Map<String, String> STORED = Map.of("output.format", "avro");
  private static final byte[] ENDED = {1};

  private final KeyValueStore<byte[], byte[]> published;
  private final KeyValueStore<byte[], byte[]> ends;
  private final long rememberedMillis;
  private final Output output;
  private final Serializer<ClusterRecord> serializer = ClusterSerdes.serializer(STORED);
  private final Deserializer<ClusterRecord> deserializer = stored();

  /** Where changes go. */
  interface Output {
    /**
     * A record of the topic.
     *
     * @param id of the cluster
     * @param cluster as it is now, or null for a tombstone
     * @param time of the event
     */
    void accept(byte[] id, ClusterRecord cluster, long time);
  }

  /**
   * A publisher.
   *
   * @param published the last record of each cluster, by its id
   * @param ends clusters that have ended, by id and event time
   * @param rememberedMillis event time between the end of a cluster and its tombstone
   */
  ClusterPublisher(
      KeyValueStore<byte[], byte[]> published,
      KeyValueStore<byte[], byte[]> ends,
      long rememberedMillis,
      Output output) {
    this.published = published;
    this.ends = ends;
    this.rememberedMillis = rememberedMillis;
    this.output = output;
  }

  /** Reads records of the store of clusters. */
  static Deserializer<ClusterRecord> stored() {
    return ClusterSerdes.deserializer(STORED);
  }

  /** Writes what a step has changed. */
  void publish(String modelVersion, MacroStep step) {
    for (Cluster cluster : step.clusters()) {
      ClusterRecord record = record(modelVersion, step.time(), cluster);
      ClusterRecord before = last(key(record.id()));
      if (before == null || differs(before, record)) {
        put(record, step.time());
      }
    }
    for (ClusterEvent event : step.events()) {
      if (event instanceof ClusterEvent.MergedInto merged) {
        end(modelVersion, step.time(), merged.cluster(), merged.into());
      } else if (event instanceof ClusterEvent.Faded faded) {
        end(modelVersion, step.time(), faded.cluster(), null);
      }
    }
    expire(step.time());
  }

  private void end(String modelVersion, long time, long cluster, Long into) {
    String id = ClusterKeys.clusterId(modelVersion, cluster);
    ClusterRecord before = last(key(id));
    if (before == null) {
      return; // a tombstone has told of its end: a model version came back after it was forgotten
    }
    String heir = into == null ? null : ClusterKeys.clusterId(modelVersion, into);
    put(before.ended(heir, time), time);
    ends.put(ClusterKeys.of(id, time), ENDED);
  }

  private void put(ClusterRecord record, long time) {
    byte[] key = key(record.id());
    published.put(key, serializer.serialize("", record));
    output.accept(key, record, time);
  }

  /** Ended clusters leave the topic, and the store, when they have been there for long enough. */
  private void expire(long now) {
    List<byte[]> old = new ArrayList<>();
    try (KeyValueIterator<byte[], byte[]> all = ends.all()) {
      while (all.hasNext()) {
        KeyValue<byte[], byte[]> entry = all.next();
        if (ClusterKeys.number(entry.key) < now - rememberedMillis) {
          old.add(entry.key);
        }
      }
    }
    for (byte[] end : old) {
      byte[] key = key(ClusterKeys.modelVersion(end));
      ends.delete(end);
      ClusterRecord record = last(key);
      // A model version that came back may have given the id again.
      if (record != null && record.state() != ClusterRecord.State.ACTIVE) {
        published.delete(key);
        output.accept(key, null, now);
      }
    }
  }

  private ClusterRecord last(byte[] key) {
    byte[] stored = published.get(key);
    return stored == null ? null : deserializer.deserialize("", stored);
  }

  private static byte[] key(String id) {
    return id.getBytes(StandardCharsets.UTF_8);
  }

  /** Weights fade all the time, and the reader knows how fast. */
  private static boolean differs(ClusterRecord before, ClusterRecord now) {
    return before.size() != now.size()
        || before.lastSeenMillis() != now.lastSeenMillis()
        || !before.terms().equals(now.terms())
        || !before.representatives().equals(now.representatives())
        || !before.parents().equals(now.parents())
        || Math.abs(before.weight() - now.weight()) > WEIGHT_SLACK * before.weight();
  }

  private static ClusterRecord record(String modelVersion, long time, Cluster cluster) {
    return new ClusterRecord(
        ClusterKeys.clusterId(modelVersion, cluster.id()),
        ClusterRecord.State.ACTIVE,
        null,
        modelVersion,
        cluster.size(),
        cluster.weight(),
        time,
        cluster.terms(),
        cluster.representatives().stream()
            .map(
                text ->
                    new ClusterRecord.Text(text.id(), text.text(), text.similarity(), text.time()))
            .toList(),
        cluster.firstSeen(),
        cluster.lastSeen(),
        cluster.parents().stream()
            .map(parent -> ClusterKeys.clusterId(modelVersion, parent))
            .toList(),
        cluster.centroid());
  }
}
