package io.sentencestreams.trainer.retraining;

import io.sentencestreams.schemas.EmbeddingRecord;
import io.sentencestreams.schemas.EmbeddingSerdes;
import io.sentencestreams.schemas.SerdeConfig;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.Deserializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watches the topic of embeddings for a drift, from its end on. Its reference is what came first
 * since the service started or since the last run; no state of it outlives the service. For one
 * thread.
 */
final class DriftSource implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(DriftSource.class);
  private static final int MOST_VERSIONS = 2;

  /** Samples. */
  private static final int MOST_BEHIND = 10;

  private final String topic;
  private final RetrainConfig config;

  /** By version of the model: two instances of a stream may run different ones for long. */
  private final Map<String, DriftDetector> detectors =
      new LinkedHashMap<>(4, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, DriftDetector> eldest) {
          return size() > MOST_VERSIONS;
        }
      };

  private final RetrainStatus status;
  private final Consumer<String> say;
  private final KafkaConsumer<byte[], byte[]> consumer;
  private final Deserializer<EmbeddingRecord> deserializer;
  private boolean drifted;

  /** Of a configuration that names a topic. */
  DriftSource(RetrainConfig config, String topic, RetrainStatus status, Consumer<String> say) {
    this.topic = topic;
    this.config = config;
    this.status = status;
    this.say = say;
    Map<String, Object> serde = new HashMap<>(config.originals());
    serde.put(SerdeConfig.OUTPUT_FORMAT, config.driftFormat());
    deserializer = EmbeddingSerdes.deserializer(serde);
    Map<String, Object> properties = new HashMap<>(config.client(ConsumerConfig.configNames()));
    properties.remove(ConsumerConfig.GROUP_ID_CONFIG);
    properties.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
    properties.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "latest");
    properties.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
    consumer =
        new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    List<TopicPartition> partitions =
        consumer.listTopics().getOrDefault(topic, List.of()).stream()
            .map(info -> new TopicPartition(topic, info.partition()))
            .toList();
    if (partitions.isEmpty()) {
      consumer.close();
      throw new RetrainException(
          "topic %s (%s) does not exist".formatted(topic, RetrainKeys.DRIFT_TOPIC));
    }
    consumer.assign(partitions);
    consumer.seekToEnd(partitions);
    partitions.forEach(consumer::position); // now, and not with the first poll
  }

  /** Reads on, without waiting. */
  void poll() {
    for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ZERO)) {
      if (record.value() != null) {
        take(record);
      }
    }
  }

  private void take(ConsumerRecord<byte[], byte[]> record) {
    EmbeddingRecord embedding;
    try {
      embedding = deserializer.deserialize(topic, record.headers(), record.value());
    } catch (RuntimeException e) { // registries' deserializers throw what they like
      LOG.warn(
          "{}-{}-{} is no embedding: {}",
          topic,
          record.partition(),
          record.offset(),
          e.getMessage());
      return;
    }
    Optional<DriftDetector.Comparison> comparison =
        detectors
            .computeIfAbsent(
                embedding.modelVersion(),
                version -> new DriftDetector(config.driftTexts(), config.driftPValue()))
            .add(embedding.modelVersion(), embedding.vector());
    if (comparison.isPresent()) {
      DriftDetector.Comparison result = comparison.get();
      status.drift(topic, result.statistic(), result.pValue());
      skip();
      if (result.drift() && !drifted) {
        drifted = true;
        say.accept(
            "texts have drifted: squared maximum mean discrepancy %.5f, p-value %.5f"
                .formatted(result.statistic(), result.pValue()));
      }
    }
  }

  /** A fast stream must not leave this behind: what lies far back need not be looked at. */
  private void skip() {
    long behind =
        consumer.assignment().stream()
            .mapToLong(partition -> consumer.currentLag(partition).orElse(0))
            .sum();
    if (behind > (long) MOST_BEHIND * config.driftTexts()) {
      consumer.seekToEnd(consumer.assignment());
      LOG.info(
          "{} embeddings of {} are left out of the watch over drift: it fell behind",
          behind,
          topic);
    }
  }

  /** Whether there was a drift since the last run. */
  boolean hasDrifted() {
    return drifted;
  }

  /** A run has learned from what was new. */
  void restart() {
    drifted = false;
    detectors.clear();
    consumer.seekToEnd(consumer.assignment());
  }

  @Override
  public void close() {
    consumer.close();
    deserializer.close();
  }
}
