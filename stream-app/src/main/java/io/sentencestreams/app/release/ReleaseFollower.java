package io.sentencestreams.app.release;

import io.sentencestreams.app.StreamStartException;
import io.sentencestreams.app.StreamsApp;
import io.sentencestreams.app.config.AppConfig;
import io.sentencestreams.model.BatchEncoder;
import io.sentencestreams.schemas.releases.ReleaseLog;
import io.sentencestreams.schemas.releases.ReleaseRecord;
import io.sentencestreams.schemas.releases.ReleaseSerdes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.Metric;
import org.apache.kafka.common.MetricName;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.streams.StreamsConfig;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows the topic of releases on a thread of its own, and lets the model that is current there
 * take over in this instance. One that does not load is refused: the running one goes on, health
 * and metrics tell, and it is tried again after a while.
 *
 * <p>All releases run in the precision of the stream's own model, so that the instances' vectors
 * stay comparable.
 */
public final class ReleaseFollower implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ReleaseFollower.class);
  private static final Duration POLL = Duration.ofMillis(500);
  private static final long CLOSE_MILLIS = 30_000;

  /** So much of a digest is in a model's version. */
  private static final int MODEL_DIGITS = 12;

  private final StreamsApp app;
  private final ReleaseLoader loader;
  private final String precision;
  private final Duration retry;
  private final TopicPartition partition;
  private final KafkaConsumer<byte[], byte[]> consumer;
  private final ReleaseMetrics metrics = new ReleaseMetrics();
  private final ReleaseLog log = new ReleaseLog();

  /** The stream's own model. */
  private final String base;

  /** Null where there is no window to follow. */
  private final ReleaseSuccession succession;

  private final SettledVersions settled;
  private final Thread thread = new Thread(this::follow, "sentence-streams-releases");
  private String running;
  private String failed;
  private volatile long failedNanos;
  private volatile String problem;
  private volatile boolean closing;

  /**
   * Follows the releases of a stream that is loaded and has not started.
   *
   * @param loader owned from now on, also if this fails
   * @throws StreamStartException if the topic is missing or has several partitions
   */
  public ReleaseFollower(AppConfig config, StreamsApp app, ReleaseLoader loader) {
    this.app = app;
    this.loader = loader;
    this.base = app.modelVersion();
    this.precision = precision(base);
    this.succession = app.succession().orElse(null);
    this.retry = config.releasesRetry();
    this.partition = new TopicPartition(config.releasesTopic().orElseThrow(), 0);
    Deque<AutoCloseable> opened = new ArrayDeque<>(List.of(metrics, loader));
    try {
      Map<String, Object> properties =
          new HashMap<>(
              new StreamsConfig(config.streamsProperties()).getRestoreConsumerConfigs("releases"));
      properties.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
      properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
      properties.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
      properties.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
      this.consumer =
          new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
      opened.push(consumer);
      checkTopic();
      this.settled =
          succession == null ? null : new SettledVersions(config, properties, succession);
      if (settled != null) {
        opened.push(settled);
      }
      consumer.assign(List.of(partition));
      consumer.seekToBeginning(List.of(partition));
    } catch (RuntimeException e) {
      opened.forEach(resource -> close(resource, e));
      throw e;
    }
    thread.setDaemon(true);
  }

  private void checkTopic() {
    String topic = partition.topic();
    int partitions = consumer.listTopics().getOrDefault(topic, List.of()).size();
    if (partitions != 1) {
      throw new StreamStartException(
          List.of(
              partitions == 0
                  ? "%s: topic %s does not exist; retrain makes it"
                      .formatted(AppConfig.RELEASES_TOPIC, topic)
                  : "%s: topic %s has %d partitions, and must have one"
                      .formatted(AppConfig.RELEASES_TOPIC, topic, partitions)));
    }
  }

  private static void close(AutoCloseable resource, RuntimeException because) {
    try {
      resource.close();
    } catch (Exception e) {
      because.addSuppressed(e);
    }
  }

  /** Reads what is on the topic and lets the current release take over, then follows. */
  public void start() {
    long end = consumer.endOffsets(List.of(partition)).get(partition);
    while (consumer.position(partition) < end) {
      consumer.poll(POLL).forEach(this::take);
    }
    catchUp();
    if (settled != null) {
      settled.readToEnd();
      followWindow();
      resumeOlder();
    }
    thread.start();
  }

  /** A process that ends while the window follows a swap goes on with both models. */
  private void resumeOlder() {
    String current = app.modelVersion();
    Optional<String> before =
        succession.settledVersions().stream()
            .filter(version -> !version.isEmpty() && !version.equals(current))
            .findFirst();
    if (before.isEmpty() || before.equals(app.olderModelVersion())) {
      return;
    }
    try {
      app.keepOlderEncoder(loader.load(digest(before.get()), precision));
      LOG.info("Version {} encodes beside {} until the window has followed", before.get(), current);
    } catch (IOException | RuntimeException | OutOfMemoryError e) {
      LOG.warn(
          "Version {} does not load: until the window has followed, some duplicates of its texts"
              + " are found when those are encoded again, and not at once",
          before.get(),
          e);
    }
  }

  private String digest(String modelVersion) throws IOException {
    String model = ReleaseSuccession.model(modelVersion);
    return versions().stream()
        .filter(version -> version.startsWith(model))
        .findFirst()
        .orElseThrow(() -> new IOException("no release is of version " + modelVersion));
  }

  /** All digests that the log speaks of. */
  private Set<String> versions() {
    Set<String> versions = new HashSet<>();
    for (ReleaseRecord release : log.releases()) {
      versions.add(release.version());
      if (release.parent() != null) {
        versions.add(release.parent());
      }
    }
    log.newest().ifPresent(versions::add);
    log.pinned().ifPresent(versions::add);
    return versions;
  }

  /** Of a version; behind it there may be the library that computes in it. */
  private static String precision(String modelVersion) {
    int start = modelVersion.indexOf('-') + 1;
    int end = modelVersion.indexOf('-', start);
    return end < 0 ? modelVersion.substring(start) : modelVersion.substring(start, end);
  }

  private static String start(String digest) {
    return digest.substring(0, MODEL_DIGITS);
  }

  /** Tells the window's tasks which model is current, and frees the one before when they have. */
  private void followWindow() {
    String wanted = log.current().orElse(null);
    boolean isCurrent = wanted == null || wanted.equals(running);
    Set<String> known = new HashSet<>(Set.of(base));
    versions().forEach(version -> known.add(start(version)));
    succession.know(isCurrent ? app.modelVersion() : null, known);
    settled.poll();
    Optional<String> older = app.olderModelVersion();
    if (isCurrent && older.isPresent() && succession.isSettled(app.modelVersion())) {
      app.dropOlderEncoder();
      LOG.info("The window has followed to version {}", app.modelVersion());
    }
  }

  private void follow() {
    try (consumer;
        settled) {
      while (!closing) {
        try {
          consumer.poll(POLL).forEach(this::take);
          catchUp();
          if (settled != null) {
            followWindow();
          }
        } catch (WakeupException e) {
          LOG.debug("Woken up to close");
        } catch (KafkaException e) {
          // Clients recover by themselves; what they throw does not pass with the next call.
          problem = "the topic of releases cannot be read: " + e.getMessage();
          LOG.error("The topic of releases is not followed any more; restart the process", e);
          return;
        }
      }
    }
  }

  private void take(ConsumerRecord<byte[], byte[]> record) {
    if (record.value() == null) {
      return;
    }
    try {
      log.add(ReleaseSerdes.releaseDeserializer().deserialize(record.topic(), record.value()));
    } catch (SerializationException e) {
      LOG.error("{}-{} is no release and is left out", partition, record.offset(), e);
    }
  }

  private void catchUp() {
    String wanted = log.current().orElse(null);
    if (running == null && wanted != null && start(wanted).equals(ReleaseSuccession.model(base))) {
      running = wanted; // what was loaded at the start
    }
    if (wanted == null || wanted.equals(running)) {
      settled();
      return;
    }
    if (wanted.equals(failed) && System.nanoTime() - failedNanos < retry.toNanos()) {
      return;
    }
    metrics.pending(true);
    long start = System.nanoTime();
    try {
      BatchEncoder fresh = loader.load(wanted, precision);
      app.swapEncoder(fresh, () -> reload(wanted));
    } catch (IOException | RuntimeException | OutOfMemoryError e) {
      refuse(wanted, e);
      return;
    }
    running = wanted;
    settled();
    metrics.swapped();
    LOG.info(
        "Release {} has taken over, as version {}; {} ms from its record",
        wanted,
        app.modelVersion(),
        (System.nanoTime() - start) / 1_000_000);
    try {
      loader.keepOnly(Set.of(wanted));
    } catch (IOException e) {
      LOG.warn("Released models that are not used any more cannot be deleted: {}", e.toString());
    }
  }

  private void settled() {
    failed = null;
    problem = null;
    metrics.pending(false);
  }

  private BatchEncoder reload(String version) {
    try {
      return loader.load(version, precision);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void refuse(String version, Throwable reason) {
    metrics.refused();
    failedNanos = System.nanoTime();
    failed = version;
    String message =
        "release %s%s is refused, version %s goes on: %s"
            .formatted(
                version,
                log.release(version)
                    .map(ReleaseRecord::runId)
                    .map(run -> " of run " + run)
                    .orElse(""),
                app.modelVersion(),
                StreamsApp.describe(reason));
    if (!message.equals(problem)) {
      LOG.error(message, reason);
    }
    problem = message;
  }

  /** Why the current release does not run here; empty if it does. */
  public Optional<String> problem() {
    return Optional.ofNullable(problem);
  }

  /** Counters of swaps and refusals. */
  public Map<MetricName, ? extends Metric> metrics() {
    return metrics.all();
  }

  /** Ends the thread; a model that is being loaded is waited for, for a while. */
  @Override
  public void close() {
    closing = true;
    consumer.wakeup();
    try {
      if (thread.isAlive()) {
        thread.join(CLOSE_MILLIS);
      } else {
        consumer.close();
        if (settled != null) {
          settled.close();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    metrics.close();
    loader.close();
  }
}
