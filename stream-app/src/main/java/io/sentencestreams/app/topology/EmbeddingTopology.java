package io.sentencestreams.app.topology;

import io.sentencestreams.app.batch.MicroBatcher;
import io.sentencestreams.app.clusters.ClustersTopology;
import io.sentencestreams.app.window.WindowTopology;
import io.sentencestreams.schemas.EmbeddingRecord;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.Serializer;
import org.apache.kafka.streams.AutoOffsetReset;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.TopologyConfig;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.Named;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorSupplier;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;

/**
 * Texts in, embeddings out, and behind them, where they are wanted, the window and the clusters.
 *
 * <pre>
 * texts ─▶ validate ─▶ embed ─▶ embeddings
 *             │          │ ├──▶ window ─▶ duplicates, unique
 *             │          │ └──▶ micro-clusters ─▶ macro-clusters ─▶ clusters
 *             └──────────┴────▶ dead-letters
 * </pre>
 *
 * <p>All names are explicit and final: the changelog topic {@code
 * APPLICATION_ID-in-flight-changelog} is named after its store, so a renamed store would abandon
 * what is in flight.
 */
public final class EmbeddingTopology {
  /** {@value}: the source of texts. */
  public static final String TEXTS = "texts";

  /** {@value}: the processor that reads the text out of a record. */
  public static final String VALIDATE = "validate";

  /** {@value}: the processor that hands texts to the micro-batcher. */
  public static final String EMBED = "embed";

  /** {@value}: the sink of embeddings. */
  public static final String EMBEDDINGS = "embeddings";

  /** {@value}: the sink of dead letters. */
  public static final String DEAD_LETTERS = "dead-letters";

  /** {@value}: the store of what is in flight. */
  public static final String IN_FLIGHT_STORE = "in-flight";

  /** {@value}: the store without content that tells of commits. */
  public static final String COMMIT_SIGNAL = "commit-signal";

  /** Most records in flight in a process, however small: each has some objects around it. */
  private static final long MAX_RECORDS = 50_000;

  private static final int CHANGELOG_SEGMENT_BYTES = 16 << 20;

  /**
   * The changelog holds few keys that are overwritten all the time. Small segments and an eager
   * cleaner keep it, and with it the time of a restore, small.
   */
  private static final Map<String, String> CHANGELOG =
      Map.of(
          TopicConfig.CLEANUP_POLICY_CONFIG,
          TopicConfig.CLEANUP_POLICY_COMPACT,
          TopicConfig.SEGMENT_MS_CONFIG,
          Long.toString(Duration.ofMinutes(10).toMillis()),
          TopicConfig.MIN_CLEANABLE_DIRTY_RATIO_CONFIG,
          "0.1",
          TopicConfig.DELETE_RETENTION_MS_CONFIG,
          // A standby that sleeps for longer would wake up behind deletions that are gone.
          Long.toString(Duration.ofDays(1).toMillis()));

  private EmbeddingTopology() {}

  /**
   * What the topology needs to know.
   *
   * @param inputTopics where texts are read
   * @param inputReset where reading begins in a partition of them without a committed offset
   * @param outputTopic where embeddings go
   * @param deadLetterTopic where records go that cannot be encoded
   * @param includeText whether an embedding carries its text
   * @param exactlyOnce whether forwarding and leaving the in-flight store are one transaction
   * @param commitInterval how long a record may wait for a commit after it was forwarded
   * @param maxBytes how much the records in flight in this process may occupy
   * @param maxWait how long a stream thread may wait for the encoder between two commits
   * @param limits how large records may be
   * @param maxRequestBytes the most that the producer sends at once; the changelog takes as much
   * @param readers makes a reader of raw records, one for each processor
   * @param serializers makes a serializer of embeddings, one for each processor
   * @param window near-duplicates among the embeddings, or null
   * @param clusters of the embeddings, or null
   */
  public record Settings(
      List<String> inputTopics,
      AutoOffsetReset inputReset,
      String outputTopic,
      String deadLetterTopic,
      boolean includeText,
      boolean exactlyOnce,
      Duration commitInterval,
      long maxBytes,
      Duration maxWait,
      RecordLimits limits,
      int maxRequestBytes,
      Supplier<TextReader> readers,
      Supplier<Serializer<EmbeddingRecord>> serializers,
      WindowTopology window,
      ClustersTopology clusters) {}

  /** Reads raw records as the configuration says; one for each caller. */
  public static Supplier<TextReader> readers(Map<String, ?> config) {
    return () -> new TextReader(config);
  }

  /**
   * Builds the topology.
   *
   * @param config what Kafka Streams needs to know when a topology is built
   * @param batcher shared by all tasks of the process; not closed by the topology
   */
  public static Topology build(
      TopologyConfig config, Settings settings, MicroBatcher batcher, TopologyMetrics metrics) {
    EarlyCommit earlyCommit = new EarlyCommit(settings.commitInterval(), System::nanoTime);
    StreamsBuilder builder = new StreamsBuilder(config);
    Consumed<byte[], byte[]> texts =
        Consumed.with(Serdes.ByteArray(), Serdes.ByteArray()).withName(TEXTS);
    if (!settings.inputReset().equals(AutoOffsetReset.earliest())) { // which the consumer does
      texts = texts.withOffsetResetPolicy(settings.inputReset());
    }
    KStream<byte[], byte[]> raw = builder.stream(settings.inputTopics(), texts);
    KStream<byte[], byte[]> encoded =
        valid(raw, settings, earlyCommit, metrics)
            .process(new EmbedSupplier(settings, batcher, earlyCommit, metrics), Named.as(EMBED));
    if (settings.window() != null) {
      settings.window().addTo(encoded);
    }
    if (settings.clusters() != null) {
      settings.clusters().addTo(encoded);
    }
    Topology topology = builder.build();
    Serializer<byte[]> bytes = Serdes.ByteArray().serializer();
    topology.addSink(EMBEDDINGS, settings.outputTopic(), bytes, bytes, EMBED);
    topology.addSink(DEAD_LETTERS, settings.deadLetterTopic(), bytes, bytes, VALIDATE, EMBED);
    if (settings.window() != null) {
      settings.window().addSinks(topology, EMBED);
    }
    if (settings.clusters() != null) {
      settings.clusters().addSinks(topology);
    }
    return topology;
  }

  @SuppressWarnings("unchecked") // what is no text it forwards to the dead letters, by name
  private static KStream<byte[], TextRecord> valid(
      KStream<byte[], byte[]> raw,
      Settings settings,
      EarlyCommit earlyCommit,
      TopologyMetrics metrics) {
    ProcessorSupplier<byte[], byte[], byte[], Object> validate =
        () -> new ValidateProcessor(settings, earlyCommit, metrics);
    KStream<byte[], ?> valid = raw.process(validate, Named.as(VALIDATE));
    return (KStream<byte[], TextRecord>) valid;
  }

  private static final class EmbedSupplier
      implements ProcessorSupplier<byte[], TextRecord, byte[], byte[]> {
    private final Settings settings;
    private final MicroBatcher batcher;
    private final TopologyMetrics metrics;
    private final WaitBudget waitBudget;
    private final InFlightBound bound;
    private final EarlyCommit earlyCommit;

    EmbedSupplier(
        Settings settings, MicroBatcher batcher, EarlyCommit earlyCommit, TopologyMetrics metrics) {
      this.settings = settings;
      this.batcher = batcher;
      this.metrics = metrics;
      this.waitBudget = new WaitBudget(settings.maxWait());
      this.bound = new InFlightBound(MAX_RECORDS, settings.maxBytes());
      this.earlyCommit = earlyCommit;
    }

    @Override
    public Processor<byte[], TextRecord, byte[], byte[]> get() {
      return new MicroBatchProcessor(settings, batcher, waitBudget, bound, earlyCommit, metrics);
    }

    @Override
    public Set<StoreBuilder<?>> stores() {
      Map<String, String> changelog = new HashMap<>(CHANGELOG);
      int largest = settings.maxRequestBytes();
      changelog.put(TopicConfig.MAX_MESSAGE_BYTES_CONFIG, Integer.toString(largest));
      // A record larger than a segment is refused whatever else the topic takes.
      changelog.put(
          TopicConfig.SEGMENT_BYTES_CONFIG,
          Integer.toString(Math.max(CHANGELOG_SEGMENT_BYTES, largest)));
      return Set.of(
          Stores.keyValueStoreBuilder(
                  Stores.inMemoryKeyValueStore(IN_FLIGHT_STORE),
                  Serdes.Integer(),
                  Serdes.ByteArray())
              .withCachingEnabled()
              .withLoggingEnabled(changelog),
          CommitSignal.builder(COMMIT_SIGNAL));
    }
  }
}
