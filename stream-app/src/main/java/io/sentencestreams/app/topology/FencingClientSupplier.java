package io.sentencestreams.app.topology;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.KafkaClientSupplier;

/**
 * Kafka Streams' clients, with transactions that a member of the group cannot complete once its
 * partitions have another owner.
 *
 * <p>Kafka protects a partition by the offset that a transaction commits for it: the broker then
 * compares the member's generation with the group's, and the partition's next owner waits until the
 * transaction has ended. A transaction without offsets is not compared with anything ({@link
 * KafkaProducer#sendOffsetsToTransaction} returns at once), and Kafka Streams sends offsets of
 * those partitions only of which it has read something since they were assigned (read in 4.3.1:
 * {@code StreamTask.committableOffsetsAndMetadata}). A task that has so far only worked on what it
 * restored writes records all the same. So a process that is frozen then could wake up, commit, and
 * double what the next owner has done meanwhile.
 *
 * <p>Therefore each transaction commits an offset for each assigned partition: where Kafka Streams
 * gives none, the one that is committed already. A partition that has none has never been worked
 * on, so there is nothing of it to restore.
 */
public final class FencingClientSupplier implements KafkaClientSupplier {
  private static final String CONSUMER = "-consumer";
  private static final String PRODUCER = "-producer";

  /** By stream thread. */
  private final ConcurrentMap<String, Consumer<byte[], byte[]>> mainConsumers =
      new ConcurrentHashMap<>();

  @Override
  public Admin getAdmin(Map<String, Object> config) {
    return Admin.create(config);
  }

  @Override
  public Producer<byte[], byte[]> getProducer(Map<String, Object> config) {
    return new FencedProducer(config, thread(config, PRODUCER));
  }

  @Override
  public Consumer<byte[], byte[]> getConsumer(Map<String, Object> config) {
    Consumer<byte[], byte[]> consumer = consumer(config);
    mainConsumers.put(thread(config, CONSUMER), consumer);
    return consumer;
  }

  @Override
  public Consumer<byte[], byte[]> getRestoreConsumer(Map<String, Object> config) {
    return consumer(config);
  }

  @Override
  public Consumer<byte[], byte[]> getGlobalConsumer(Map<String, Object> config) {
    return consumer(config);
  }

  private static Consumer<byte[], byte[]> consumer(Map<String, Object> config) {
    return new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }

  /** Kafka Streams names a thread's clients after the thread. */
  private static String thread(Map<String, Object> config, String suffix) {
    String client = String.valueOf(config.get(CommonClientConfigs.CLIENT_ID_CONFIG));
    if (!client.endsWith(suffix)) {
      throw new IllegalStateException(
          "client.id " + client + " is not that of a stream thread's client: no " + suffix);
    }
    return client.substring(0, client.length() - suffix.length());
  }

  /** Used by its stream thread alone, as the thread's consumer is. */
  private final class FencedProducer extends KafkaProducer<byte[], byte[]> {
    private final String thread;

    /**
     * Offsets of partitions that this member owns and has committed nothing for since it looked, so
     * that they are as they were; without one where the partition has none.
     */
    private final Map<TopicPartition, Optional<OffsetAndMetadata>> committed = new HashMap<>();

    private ConsumerGroupMetadata generation;

    private FencedProducer(Map<String, Object> config, String thread) {
      super(config, new ByteArraySerializer(), new ByteArraySerializer());
      this.thread = thread;
    }

    @Override
    public void sendOffsetsToTransaction(
        Map<TopicPartition, OffsetAndMetadata> offsets, ConsumerGroupMetadata group) {
      super.sendOffsetsToTransaction(withAllPartitions(offsets, group), group);
    }

    private Map<TopicPartition, OffsetAndMetadata> withAllPartitions(
        Map<TopicPartition, OffsetAndMetadata> offsets, ConsumerGroupMetadata group) {
      if (!group.equals(generation)) {
        committed.clear(); // partitions may have been away and come back
        generation = group;
      }
      committed.keySet().removeAll(offsets.keySet());
      Consumer<byte[], byte[]> consumer = mainConsumers.get(thread);
      Set<TopicPartition> others = new HashSet<>(consumer.assignment());
      others.removeAll(offsets.keySet());
      Set<TopicPartition> unknown = new HashSet<>(others);
      unknown.removeAll(committed.keySet());
      if (!unknown.isEmpty()) {
        Map<TopicPartition, OffsetAndMetadata> found = consumer.committed(unknown);
        for (TopicPartition partition : unknown) {
          committed.put(partition, Optional.ofNullable(found.get(partition)));
        }
      }
      Map<TopicPartition, OffsetAndMetadata> all = new HashMap<>(offsets);
      for (TopicPartition partition : others) {
        committed.get(partition).ifPresent(offset -> all.put(partition, offset));
      }
      return all;
    }
  }
}
