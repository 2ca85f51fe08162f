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
import java.util.HashMap;
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

  private final StreamsApp app;
  private final ReleaseLoader loader;
  private final String precision;
  private final Duration retry;
  private final TopicPartition partition;
  private final KafkaConsumer<byte[], byte[]> consumer;
  private final ReleaseMetrics metrics = new ReleaseMetrics();
  private final ReleaseLog log = new ReleaseLog();
  private final Thread thread = new Thread(this::follow, "sentence-streams-releases");
  private String running;
  private String failed;
  private volatile long failedNanos;
  private volatile String problem;
  private volatile boolean closing;

  /**
   * Follows the releases of a stream that is loaded and has not started.
   *
   * @throws StreamStartException if the topic is missing or has several partitions
   */
  public ReleaseFollower(AppConfig config, StreamsApp app, ReleaseLoader loader) {
    this.app = app;
    this.loader = loader;
    String version = app.modelVersion();
    this.precision = version.substring(version.lastIndexOf('-') + 1);
    this.retry = config.releasesRetry();
    String topic = config.releasesTopic().orElseThrow();
    this.partition = new TopicPartition(topic, 0);
    Map<String, Object> properties =
        new HashMap<>(
            new StreamsConfig(config.streamsProperties()).getRestoreConsumerConfigs("releases"));
    properties.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
    properties.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
    properties.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
    this.consumer =
        new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    try {
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
    } catch (RuntimeException e) {
      consumer.close();
      metrics.close();
      throw e;
    }
    thread.setDaemon(true);
    consumer.assign(List.of(partition));
    consumer.seekToBeginning(List.of(partition));
  }

  /** Reads what is on the topic and lets the current release take over, then follows. */
  public void start() {
    long end = consumer.endOffsets(List.of(partition)).get(partition);
    while (consumer.position(partition) < end) {
      consumer.poll(POLL).forEach(this::take);
    }
    catchUp();
    thread.start();
  }

  private void follow() {
    try (consumer) {
      while (!closing) {
        try {
          consumer.poll(POLL).forEach(this::take);
          catchUp();
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
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    metrics.close();
    loader.close();
  }
}
