package io.sentencestreams.app;

import io.sentencestreams.app.batch.BackgroundEncoder;
import io.sentencestreams.app.batch.MicroBatcher;
import io.sentencestreams.app.batch.MicroBatcherOptions;
import io.sentencestreams.app.clusters.ClustersSetup;
import io.sentencestreams.app.clusters.ClustersTopology;
import io.sentencestreams.app.config.AppConfig;
import io.sentencestreams.app.query.QueryEncoder;
import io.sentencestreams.app.query.WindowQueries;
import io.sentencestreams.app.release.ReleaseSuccession;
import io.sentencestreams.app.topology.EmbeddingTopology;
import io.sentencestreams.app.topology.FencingClientSupplier;
import io.sentencestreams.app.topology.RecordLimits;
import io.sentencestreams.app.topology.TopologyMetrics;
import io.sentencestreams.app.window.WindowSetup;
import io.sentencestreams.app.window.WindowTopology;
import io.sentencestreams.model.BatchEncoder;
import io.sentencestreams.schemas.EmbeddingSerdes;
import java.time.Duration;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.StringJoiner;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.apache.kafka.common.Metric;
import org.apache.kafka.common.MetricName;
import org.apache.kafka.common.metrics.JmxReporter;
import org.apache.kafka.common.metrics.KafkaMetricsContext;
import org.apache.kafka.common.metrics.MetricConfig;
import org.apache.kafka.common.metrics.Metrics;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.streams.CloseOptions;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.LagInfo;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.TopologyConfig;
import org.apache.kafka.streams.errors.MissingSourceTopicException;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The running stream: encoder, micro-batcher and topology of one process. Owns all of them.
 *
 * <p>While the encoder is at fault or hangs the topology is paused: nothing is read, what was read
 * stays in flight, and the membership of the group is kept.
 */
public final class StreamsApp implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(StreamsApp.class);
  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(30);
  private static final long WATCH_MILLIS = 200;

  /** How many times the in-flight bound makes intake stop. */
  private static final double OVERLOAD = 2;

  /** A call of the encoder that hangs so many times its limit never ends: only a restart helps. */
  private static final int HOPELESS = 5;

  private final AppConfig config;
  private final Metrics metrics;
  private final TopologyMetrics topologyMetrics;
  private final MicroBatcher batcher;
  private final KafkaStreams streams;
  private final WindowQueries queries;

  /** Null where the model stays, or there is no window. */
  private final ReleaseSuccession succession;

  private final CountDownLatch ended = new CountDownLatch(1);
  private final ScheduledExecutorService watch =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "sentence-streams-watch");
            thread.setDaemon(true);
            return thread;
          });
  private ScheduledFuture<?> watching;
  private volatile Throwable failure;
  private boolean closed;

  /**
   * Loads the encoder and builds the stream; {@link #start} sets it going.
   *
   * @param limits what {@link ClusterCheck} found
   * @param encoder loads the encoder, now and after a fault
   */
  public StreamsApp(
      AppConfig config, RecordLimits limits, Supplier<? extends BatchEncoder> encoder) {
    this.config = config;
    Properties properties = new Properties();
    properties.putAll(config.streamsProperties());
    StreamsConfig streamsConfig = new StreamsConfig(properties);
    this.metrics =
        new Metrics(
            new MetricConfig(),
            List.of(new JmxReporter()),
            Time.SYSTEM,
            new KafkaMetricsContext("sentence.streams"));
    this.topologyMetrics = new TopologyMetrics(metrics);
    try {
      this.batcher = new MicroBatcher(encoder, batcherOptions(config), metrics);
    } catch (RuntimeException | Error e) {
      metrics.close();
      throw e;
    }
    this.succession =
        config.duplicatesTopic().isPresent() && config.releasesTopic().isPresent()
            ? new ReleaseSuccession(
                config.windowPartitions(),
                new BackgroundEncoder(batcher, config.releasesReembedShare()))
            : null;
    try {
      WindowTopology window =
          WindowSetup.of(
              config,
              batcher.dimension(),
              batcher::encodeNow,
              limits.windowBytes(),
              exactlyOnce(streamsConfig),
              succession,
              metrics);
      ClustersTopology clusters =
          ClustersSetup.of(config, () -> ClusterCheck.inputPartitions(config), metrics);
      this.streams =
          new KafkaStreams(
              topology(limits, streamsConfig, window, clusters),
              streamsConfig,
              new FencingClientSupplier());
      this.queries =
          window == null && clusters == null ? null : queries(window, clusters, streamsConfig);
    } catch (RuntimeException | Error e) {
      closeEncoder();
      metrics.close();
      throw e;
    }
    ThreadFailures failures =
        new ThreadFailures(InstantSource.system(), pause -> LockSupport.parkNanos(pause.toNanos()));
    streams.setUncaughtExceptionHandler(
        e -> {
          Optional<Throwable> gone = inputGone(e);
          failure = gone.orElse(e);
          return gone.isPresent()
              ? StreamThreadExceptionResponse.SHUTDOWN_CLIENT
              : failures.respond(e);
        });
    streams.setStateListener(
        (now, before) -> {
          LOG.info("The stream is {}", now);
          if (now == KafkaStreams.State.RUNNING) {
            failure = null;
          }
          if (now == KafkaStreams.State.ERROR || now == KafkaStreams.State.NOT_RUNNING) {
            ended.countDown();
          }
        });
  }

  /** A deleted input topic does not come back by itself; metadata that is behind does. */
  private Optional<Throwable> inputGone(Throwable threadFailure) {
    if (!(threadFailure instanceof MissingSourceTopicException)) {
      return Optional.empty();
    }
    List<String> missing = ClusterCheck.missingInputs(config);
    if (missing.isEmpty()) {
      return Optional.empty();
    }
    String message = String.join("; ", missing);
    LOG.error("The stream ends, it has lost its input: {}", message);
    return Optional.of(new IllegalStateException(message, threadFailure));
  }

  private static boolean exactlyOnce(StreamsConfig streamsConfig) {
    return StreamsConfig.EXACTLY_ONCE_V2.equals(
        streamsConfig.getString(StreamsConfig.PROCESSING_GUARANTEE_CONFIG));
  }

  private WindowQueries queries(
      WindowTopology window, ClustersTopology clusters, StreamsConfig streamsConfig) {
    return new WindowQueries(
        streams,
        window == null ? null : window.reader(streams),
        clusters == null ? null : clusters.reader(streams),
        QueryEncoder.of(batcher),
        new WindowQueries.Settings(
            streamsConfig.getString(StreamsConfig.APPLICATION_ID_CONFIG),
            config.applicationServer().orElse(null),
            config.queryTimeout(),
            config.queryMaxConcurrent()));
  }

  private Topology topology(
      RecordLimits limits,
      StreamsConfig streamsConfig,
      WindowTopology window,
      ClustersTopology clusters) {
    Map<String, Object> serdeConfig = config.originals();
    return EmbeddingTopology.build(
        new TopologyConfig(streamsConfig),
        new EmbeddingTopology.Settings(
            config.inputTopics(),
            config.inputReset(),
            config.outputTopic(),
            config.deadLetterTopic(),
            config.includeText(),
            exactlyOnce(streamsConfig),
            Duration.ofMillis(streamsConfig.getLong(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG)),
            config.inFlightMaxBytes(),
            config.inFlightMax(),
            limits,
            ClusterCheck.maxRequestSize(streamsConfig),
            EmbeddingTopology.readers(serdeConfig),
            () -> EmbeddingSerdes.serializer(serdeConfig),
            window,
            clusters),
        batcher,
        topologyMetrics);
  }

  private static MicroBatcherOptions batcherOptions(AppConfig config) {
    return new MicroBatcherOptions(
        config.batchMaxTokens(),
        config.linger(),
        config.inFlightMaxTokens(),
        config.inFlightMaxBytes(),
        config.inFlightMax(),
        config.encoderCacheBytes(),
        config.encoderReloadBackoff());
  }

  /** Joins the group and starts to read. */
  public synchronized void start() {
    if (closed) {
      return;
    }
    streams.start();
    watching =
        watch.scheduleWithFixedDelay(
            this::watchEncoder, WATCH_MILLIS, WATCH_MILLIS, TimeUnit.MILLISECONDS);
  }

  /**
   * Lets another encoder take over, see {@link MicroBatcher#swap}. Where there is a window the old
   * one goes on beside it until {@link #dropOlderEncoder}.
   */
  public void swapEncoder(BatchEncoder fresh, Supplier<? extends BatchEncoder> loader) {
    batcher.swap(fresh, loader, succession != null);
  }

  /** Lets the encoder before go on, as if the running one had just taken over from it. */
  public void keepOlderEncoder(BatchEncoder before) {
    batcher.keepOlder(before);
  }

  /** Frees the encoder before. */
  public void dropOlderEncoder() {
    batcher.dropOlder();
  }

  /** Version of the model before, while it encodes each text too. */
  public Optional<String> olderModelVersion() {
    return batcher.olderVersion();
  }

  /** What the window knows of models; empty where the model stays, or there is no window. */
  public Optional<ReleaseSuccession> succession() {
    return Optional.ofNullable(succession);
  }

  /** Version of the model that encodes at present. */
  public String modelVersion() {
    return batcher.modelVersion();
  }

  /** Waits until the stream has ended: closed, or failed for good. */
  public void awaitEnd() throws InterruptedException {
    ended.await();
  }

  /** What stream threads died of, if they did and the stream has not recovered. */
  public Optional<Throwable> failure() {
    return Optional.ofNullable(failure);
  }

  /** What went wrong, down to the first cause, for a person. */
  public static String describe(Throwable failure) {
    StringJoiner messages = new StringJoiner(": ");
    String last = "";
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      String message = cause.getMessage() == null ? cause.toString() : cause.getMessage();
      if (!last.contains(message)) { // many exceptions repeat what their cause says
        messages.add(message);
      }
      last = message;
    }
    return messages.toString();
  }

  /** The state of Kafka Streams. */
  public KafkaStreams.State state() {
    return streams.state();
  }

  /**
   * The most changelog offsets that a store of this instance, its standbys among them, has yet to
   * read. A standby that has read all stays at 1 under exactly-once: the mark of the transaction's
   * end is no record.
   */
  public long storeLag() {
    return streams.allLocalStorePartitionLags().values().stream()
        .flatMap(partitions -> partitions.values().stream())
        .mapToLong(LagInfo::offsetLag)
        .max()
        .orElse(0);
  }

  /** Whether intake is stopped because the encoder does not work. */
  public boolean isPaused() {
    return streams.isPaused();
  }

  /** Why the encoder does not work at present, for a person; empty while it does. */
  public Optional<String> encoderProblem() {
    Optional<MicroBatcher.Fault> fault = batcher.fault();
    if (fault.isPresent()) {
      return fault.map(MicroBatcher.Fault::message);
    }
    Duration running = batcher.longestRunningCall();
    return running.compareTo(config.encoderStall()) > 0
        ? Optional.of("a call of the encoder has been running for " + running.toSeconds() + " s")
        : Optional.empty();
  }

  /** Whether a call of the encoder has hung for so long that only a restart can help. */
  public boolean isHopeless() {
    return batcher.longestRunningCall().compareTo(config.encoderStall().multipliedBy(HOPELESS)) > 0;
  }

  /**
   * Queries of the window and the clusters, across all instances; empty where the configuration has
   * neither.
   */
  public Optional<WindowQueries> queries() {
    return Optional.ofNullable(queries);
  }

  /** Counters of the topology. */
  public TopologyMetrics topologyMetrics() {
    return topologyMetrics;
  }

  /** Kafka's metrics and ours, in Kafka's form. */
  public Map<MetricName, ? extends Metric> metrics() {
    Map<MetricName, Metric> all = new LinkedHashMap<>(streams.metrics());
    all.putAll(metrics.metrics());
    return all;
  }

  /**
   * Commits, leaves the group so that others take over at once, and frees the encoder. What is in
   * flight stays in its store and is taken up at the next start.
   */
  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    if (watching != null) {
      watching.cancel(false);
    }
    watch.shutdown();
    // A stream thread looks whether it shall stop only when it has processed all that it has
    // buffered (read in 4.3.1: StreamThread.runOnce); a paused one stops at the next record.
    streams.pause();
    boolean done =
        streams.close(
            CloseOptions.timeout(CLOSE_TIMEOUT)
                .withGroupMembershipOperation(CloseOptions.GroupMembershipOperation.LEAVE_GROUP));
    if (!done) {
      LOG.warn(
          "The stream did not stop within {} s; what was not committed will be done again",
          CLOSE_TIMEOUT.toSeconds());
    }
    ended.countDown();
    closeEncoder();
    metrics.close();
  }

  private void closeEncoder() {
    if (succession != null) {
      succession.close();
    }
    batcher.close();
  }

  /**
   * Stream threads let a record in when they have waited long enough for a place, so with many
   * tasks and a slow encoder the bound can be exceeded. Stopped intake starts again below it. Only
   * what the encoder has yet to do counts: a paused stream forwards nothing, so what waits for that
   * would never become less.
   */
  private boolean isOverloaded() {
    return batcher.load() > (streams.isPaused() ? 1 : OVERLOAD);
  }

  private synchronized void watchEncoder() {
    if (closed) {
      return;
    }
    Optional<String> problem = encoderProblem();
    if (problem.isEmpty() && isOverloaded()) {
      problem = Optional.of("too much is in flight for the encoder's rate; it is being worked off");
    }
    if (problem.isPresent() && !streams.isPaused()) {
      LOG.warn("Intake stops: {}", problem.get());
      streams.pause();
    } else if (problem.isEmpty() && streams.isPaused()) {
      LOG.info("Intake goes on");
      streams.resume();
    }
  }
}
