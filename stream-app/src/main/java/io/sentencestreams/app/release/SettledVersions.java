package io.sentencestreams.app.release;

import io.sentencestreams.app.config.AppConfig;
import io.sentencestreams.app.window.WindowTopology;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.streams.StreamsConfig;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads which versions the partitions of the window have settled on, wherever their tasks run: from
 * the changelog of the store in which they say it. For one thread.
 */
final class SettledVersions implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(SettledVersions.class);

  private static final Duration POLL = Duration.ofMillis(100);

  private final String topic;
  private final ReleaseSuccession succession;
  private final KafkaConsumer<byte[], byte[]> consumer;

  /**
   * Nothing is read yet.
   *
   * @param properties of a consumer that reads what is committed
   */
  SettledVersions(AppConfig config, Map<String, Object> properties, ReleaseSuccession succession) {
    this.topic =
        config.streamsProperties().get(StreamsConfig.APPLICATION_ID_CONFIG)
            + "-"
            + WindowTopology.VERSIONS_TOPIC;
    this.succession = succession;
    this.consumer =
        new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }

  /** Reads what is there now; nothing before the application's first start. */
  void readToEnd() {
    if (!isAssigned()) {
      return;
    }
    Map<TopicPartition, Long> ends = consumer.endOffsets(consumer.assignment());
    while (ends.entrySet().stream()
        .anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
      consumer.poll(POLL).forEach(this::take);
    }
  }

  /** Reads on, without waiting. */
  void poll() {
    if (isAssigned()) {
      consumer.poll(Duration.ZERO).forEach(this::take);
    }
  }

  private boolean isAssigned() {
    if (consumer.assignment().isEmpty()) {
      Map<String, List<PartitionInfo>> topics;
      try {
        topics = consumer.listTopics();
      } catch (TimeoutException e) {
        LOG.debug("The brokers do not answer, and are asked again", e);
        return false;
      }
      List<TopicPartition> partitions =
          topics.getOrDefault(topic, List.of()).stream()
              .map(info -> new TopicPartition(topic, info.partition()))
              .toList();
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
    }
    return !consumer.assignment().isEmpty();
  }

  private void take(ConsumerRecord<byte[], byte[]> record) {
    if (record.value() != null) {
      succession.settled(record.partition(), WindowTopology.settledVersion(record.value()));
    }
  }

  /** Ends a call that another thread is in; this alone may be called by any. */
  void wakeup() {
    consumer.wakeup();
  }

  @Override
  public void close() {
    consumer.close();
  }
}
