package io.sentencestreams.trainer.retraining;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Reads a topic of one partition from its beginning, and what has come since; committed records.
 */
final class WholeTopic implements AutoCloseable {
  private static final Duration POLL = Duration.ofMillis(100);

  private final KafkaConsumer<byte[], byte[]> consumer;
  private final TopicPartition partition;

  WholeTopic(RetrainConfig config, String topic) {
    Map<String, Object> properties = new HashMap<>(config.client(ConsumerConfig.configNames()));
    properties.remove(ConsumerConfig.GROUP_ID_CONFIG);
    properties.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    properties.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
    properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
    this.consumer =
        new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    this.partition = new TopicPartition(topic, 0);
    Set<Integer> partitions =
        consumer.partitionsFor(topic).stream().map(p -> p.partition()).collect(Collectors.toSet());
    if (partitions.size() != 1) {
      consumer.close();
      throw new RetrainException(
          "topic %s has %d partitions, and must have one: its records have an order"
              .formatted(topic, partitions.size()));
    }
    consumer.assign(List.of(partition));
    consumer.seekToBeginning(List.of(partition));
  }

  /** Reads up to what is committed now. */
  void readToEnd(Consumer<ConsumerRecord<byte[], byte[]>> records) {
    // The end of committed records: what an open transaction has written is not waited for.
    long end = consumer.endOffsets(List.of(partition)).get(partition);
    while (consumer.position(partition) < end) {
      consumer.poll(POLL).forEach(records);
    }
  }

  @Override
  public void close() {
    consumer.close();
  }
}
