package io.sentencestreams.app.clusters;

import io.sentencestreams.app.topology.Changelogs;
import io.sentencestreams.app.topology.LocalStores;
import io.sentencestreams.app.topology.ProcessorStep;
import io.sentencestreams.schemas.EmbeddingRecord;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.Serializer;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.Named;
import org.apache.kafka.streams.kstream.Repartitioned;
import org.apache.kafka.streams.processor.StreamPartitioner;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;

/**
 * The part of the topology that finds clusters. All names are final: topics and stores are named
 * after them.
 */
public final class ClustersTopology {
  /** {@value}: the child that the encoder's processor gives texts to. */
  public static final String TO_CLUSTERS = "to-clusters";

  static final String TO_MACRO = "to-macro-clusters";
  static final String TO_PARTITIONS = "to-partitions";
  static final String ASSIGNMENTS = "cluster-assignments";
  static final String CLUSTERS = "clusters";
  static final String MICRO_STORE = "micro-clusters";
  static final String MODELS_STORE = "cluster-models";
  static final String MEMBERS_STORE = "cluster-members";
  static final String SUMMARIES_STORE = "cluster-summaries";
  static final String STATES_STORE = "cluster-states";
  static final String CLUSTERS_STORE = "clusters";
  static final String ENDS_STORE = "cluster-ends";

  private static final String MICRO = "micro-clusters";
  private static final String MACRO = "macro-clusters";
  private static final String MODELS = "cluster-models";
  private static final String SUMMARIES = "cluster-summaries";

  /**
   * What {@link Repartitioned} makes of a name. Its own way into the topic is not used: it drops
   * records without a key, without a word.
   */
  static final String MODELS_TOPIC = MODELS + "-repartition";

  static final String SUMMARIES_TOPIC = SUMMARIES + "-repartition";

  /** Few keys that are overwritten all the time: small segments and an eager cleaner. */
  private static final Map<String, String> CHANGELOG =
      Map.of(
          TopicConfig.CLEANUP_POLICY_CONFIG,
          TopicConfig.CLEANUP_POLICY_COMPACT,
          TopicConfig.SEGMENT_BYTES_CONFIG,
          Integer.toString(16 << 20),
          TopicConfig.MIN_CLEANABLE_DIRTY_RATIO_CONFIG,
          "0.3",
          TopicConfig.DELETE_RETENTION_MS_CONFIG,
          // A standby that sleeps for longer would wake up behind deletions that are gone.
          Long.toString(Duration.ofDays(1).toMillis()));

  /** Of a text's words the micro-clusters look at so many characters. */
  private static final int MOST_CHARS = 1000;

  private final ClusterSettings settings;
  private final ClustersMetrics metrics;

  /** The clusters with their settings. */
  ClustersTopology(ClusterSettings settings, ClustersMetrics metrics) {
    this.settings = settings;
    this.metrics = metrics;
  }

  /**
   * Gives an embedding to the clusters.
   *
   * @param text its words
   * @param record as it goes to the topic of embeddings
   * @param context of the encoder's processor
   */
  public void forward(
      EmbeddingRecord embedding,
      String text,
      Record<byte[], byte[]> record,
      ProcessorContext<byte[], byte[]> context) {
    // A broker refuses records from the future; the message holds its own time.
    long time = Math.min(record.timestamp(), context.currentSystemTimeMs());
    context.forward(
        new Record<>(record.key(), message(embedding, text), time, new RecordHeaders()),
        TO_CLUSTERS);
  }

  static byte[] message(EmbeddingRecord embedding, String text) {
    return ClusterCodec.encode(
        new EmbeddedText(
            embedding.id(),
            embedding.topic(),
            embedding.partition(),
            embedding.offset(),
            embedding.eventTimeMillis(),
            embedding.modelVersion(),
            embedding.vector(),
            beginning(text, MOST_CHARS)));
  }

  /** So many chars of a text, and no half of a surrogate pair. */
  static String beginning(String text, int most) {
    if (text.length() <= most) {
      return text;
    }
    boolean half = Character.isHighSurrogate(text.charAt(most - 1));
    return text.substring(0, half ? most - 1 : most);
  }

  /** Reads the clusters of a running stream that this topology is part of. */
  public ClustersReader reader(KafkaStreams streams) {
    return new ClustersReader(new LocalStores(streams), settings);
  }

  /** Adds what follows the encoder, but for the sinks. */
  public void addTo(KStream<byte[], byte[]> encoded) {
    Serde<byte[]> bytes = Serdes.ByteArray();
    KStream<byte[], byte[]> models =
        encoded.repartition(
            Repartitioned.with(bytes, bytes)
                .withName(MODELS)
                .withNumberOfPartitions(settings.partitions()));
    encoded
        .merge(models, Named.as(TO_CLUSTERS))
        .process(
            new ProcessorStep(() -> new MicroProcessor(settings, metrics), microStores()),
            Named.as(MICRO))
        .repartition(
            Repartitioned.with(bytes, bytes)
                .withName(SUMMARIES)
                // One: a cluster may span all partitions of the stream.
                .withNumberOfPartitions(1))
        .process(
            new ProcessorStep(() -> new MacroProcessor(settings, metrics), macroStores()),
            Named.as(MACRO));
  }

  /** Adds the sinks, among them the one that leads back to the partitions. */
  public void addSinks(Topology topology) {
    Serializer<byte[]> bytes = Serdes.ByteArray().serializer();
    topology.addSink(TO_MACRO, SUMMARIES_TOPIC, bytes, bytes, MICRO);
    StreamPartitioner<byte[], byte[]> toTarget =
        (topic, target, value, partitions) -> Optional.of(Set.of(ByteBuffer.wrap(target).getInt()));
    topology.addSink(TO_PARTITIONS, MODELS_TOPIC, bytes, bytes, toTarget, MACRO);
    topology.addSink(CLUSTERS, settings.clustersTopic(), bytes, bytes, MACRO);
    if (settings.assignmentsTopic() != null) {
      topology.addSink(ASSIGNMENTS, settings.assignmentsTopic(), bytes, bytes, MICRO);
    }
  }

  private static Set<StoreBuilder<?>> microStores() {
    return Set.of(
        store(MICRO_STORE),
        store(MODELS_STORE),
        Stores.keyValueStoreBuilder(
                Stores.persistentKeyValueStore(MEMBERS_STORE),
                Serdes.ByteArray(),
                Serdes.ByteArray())
            .withLoggingEnabled(Changelogs.OF_A_WINDOW));
  }

  private static Set<StoreBuilder<?>> macroStores() {
    return Set.of(
        store(SUMMARIES_STORE),
        store(CLUSTERS_STORE),
        store(ENDS_STORE),
        Stores.keyValueStoreBuilder(
                Stores.inMemoryKeyValueStore(STATES_STORE), Serdes.String(), Serdes.ByteArray())
            .withCachingEnabled()
            .withLoggingEnabled(CHANGELOG));
  }

  private static StoreBuilder<?> store(String name) {
    return Stores.keyValueStoreBuilder(
            Stores.inMemoryKeyValueStore(name), Serdes.ByteArray(), Serdes.ByteArray())
        .withCachingEnabled()
        .withLoggingEnabled(CHANGELOG);
  }
}
