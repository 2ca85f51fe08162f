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
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
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
  private final WindowFollower window;

  private final Thread thread = new Thread(this::follow, "sentence-streams-releases");
  private final CountDownLatch closing = new CountDownLatch(1);

  /** Whether a thread reads, or has read: it closes what it reads with, and nobody else does. */
  private final AtomicBoolean reading = new AtomicBoolean();

  private final CountDownLatch ended = new CountDownLatch(1);
  private String running;
  private String failed;
  private long failedNanos;

  /** Why the current release does not run here. */
  private volatile String problem;

  /** Why the releases are not followed. */
  private volatile String lost;

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
      this.window = app.succession().map(known -> window(config, properties, known)).orElse(null);
      if (window != null) {
        opened.push(window);
      }
      consumer.assign(List.of(partition));
      consumer.seekToBeginning(List.of(partition));
    } catch (RuntimeException e) {
      opened.forEach(resource -> close(resource, e));
      throw e;
    }
    thread.setDaemon(true);
  }

  private WindowFollower window(
      AppConfig config, Map<String, Object> properties, ReleaseSuccession succession) {
    return new WindowFollower(
        app,
        succession,
        new SettledVersions(config, properties, succession),
        log,
        digest -> loader.load(digest, precision),
        retry);
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

  /**
   * Reads what is on the topic and lets the current release take over, then follows. Ends early if
   * this is closed meanwhile.
   */
  public void start() {
    if (!reading.compareAndSet(false, true)) {
      return; // closed
    }
    boolean followed = false;
    try {
      long end = consumer.endOffsets(List.of(partition)).get(partition);
      while (!isClosing() && consumer.position(partition) < end) {
        consumer.poll(POLL).forEach(this::take);
      }
      if (!isClosing()) {
        catchUp();
      }
      if (!isClosing() && window != null) {
        window.start(refused());
      }
      if (!isClosing()) {
        thread.start();
        followed = true;
      }
    } catch (WakeupException e) {
      LOG.debug("Woken up to close");
    } finally {
      if (!followed) {
        endReading();
      }
    }
  }

  private boolean isClosing() {
    return closing.getCount() == 0;
  }

  private void endReading() {
    try (consumer;
        window) {
      // Both close, even if one fails.
    } finally {
      ended.countDown();
    }
  }

  /** Of a version; behind it there may be the library that computes in it. */
  private static String precision(String modelVersion) {
    int start = modelVersion.indexOf('-') + 1;
    int end = modelVersion.indexOf('-', start);
    return end < 0 ? modelVersion.substring(start) : modelVersion.substring(start, end);
  }

  /** Of a digest, what a model's version begins with. */
  static String start(String digest) {
    return digest.substring(0, Math.min(MODEL_DIGITS, digest.length())); // a parent may be any text
  }

  /** The current release if it is not the one that runs here, else null. */
  private String refused() {
    return log.current().filter(wanted -> !wanted.equals(running)).orElse(null);
  }

  private void follow() {
    try {
      while (!isClosing()) {
        try {
          turn();
          lost = null;
        } catch (WakeupException e) {
          LOG.debug("Woken up to close");
        } catch (RuntimeException e) {
          lost = "the releases could not be followed, which is tried again: " + e;
          LOG.error("The releases could not be followed; the next try comes after {}", retry, e);
          if (closing.await(retry.toMillis(), TimeUnit.MILLISECONDS)) {
            return;
          }
        }
      }
    } catch (Throwable e) { // a thread that ends in silence would look healthy
      lost = "the releases are not followed any more, restart the process: " + e;
      LOG.error("The releases are not followed any more; restart the process", e);
    } finally {
      endReading();
    }
  }

  private void turn() {
    consumer.poll(POLL).forEach(this::take);
    catchUp();
    if (window != null) {
      window.follow(refused());
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
    } catch (IOException | RuntimeException e) {
      LOG.warn("Released models that are not used any more cannot be deleted", e);
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

  /** Why the current release does not run here, or is not known; empty if it does run. */
  public Optional<String> problem() {
    String unknown = lost;
    return Optional.ofNullable(unknown == null ? problem : unknown);
  }

  /** Counters of swaps and refusals. */
  public Map<MetricName, ? extends Metric> metrics() {
    return metrics.all();
  }

  /** Ends the reading; a model that is being loaded is waited for, for a while. */
  @Override
  public void close() {
    closing.countDown();
    consumer.wakeup();
    if (window != null) {
      window.wakeup();
    }
    try (loader;
        metrics) {
      if (reading.compareAndSet(false, true)) {
        endReading();
      } else if (!ended.await(CLOSE_MILLIS, TimeUnit.MILLISECONDS)) {
        LOG.warn("A release is still being loaded; its end is not waited for");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
