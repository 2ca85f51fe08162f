package io.sentencestreams.app.topology;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.regex.Pattern;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
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
 * <p>Therefore each transaction commits an offset for each partition of a task that runs: where
 * Kafka Streams has read nothing of it yet, the one that is committed already. Kafka Streams asks
 * for that before it lets a task run, and the answer is kept until something is read or the
 * partition goes. Where the group's offsets have expired there is none, and no fence.
 */
public final class FencingClientSupplier implements KafkaClientSupplier {
  private static final String CONSUMER = "-consumer";
  private static final String PRODUCER = "-producer";

  /** By stream thread. */
  private final ConcurrentMap<String, MainConsumer> mainConsumers = new ConcurrentHashMap<>();

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
    MainConsumer consumer = new MainConsumer(config);
    mainConsumers.put(thread(config, CONSUMER), consumer);
    return consumer;
  }

  @Override
  public Consumer<byte[], byte[]> getRestoreConsumer(Map<String, Object> config) {
    return new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }

  @Override
  public Consumer<byte[], byte[]> getGlobalConsumer(Map<String, Object> config) {
    return getRestoreConsumer(config);
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

  /** Remembers the committed offsets that its thread has asked for, of partitions that it has. */
  private static final class MainConsumer extends KafkaConsumer<byte[], byte[]> {
    private final Map<TopicPartition, OffsetAndMetadata> committed = new HashMap<>();

    private MainConsumer(Map<String, Object> config) {
      super(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    @Override
    public Map<TopicPartition, OffsetAndMetadata> committed(Set<TopicPartition> partitions) {
      Map<TopicPartition, OffsetAndMetadata> offsets = super.committed(partitions);
      offsets.forEach(
          (partition, offset) -> {
            if (offset != null) {
              committed.put(partition, offset);
            }
          });
      return offsets;
    }

    @Override
    public void subscribe(Collection<String> topics, ConsumerRebalanceListener listener) {
      super.subscribe(topics, new Forgetting(listener));
    }

    @Override
    public void subscribe(Pattern pattern, ConsumerRebalanceListener listener) {
      super.subscribe(pattern, new Forgetting(listener));
    }

    /** What is committed now, of partitions whose offsets a transaction would leave out. */
    private Map<TopicPartition, OffsetAndMetadata> without(Set<TopicPartition> read) {
      committed.keySet().removeAll(read); // from now on Kafka Streams has newer ones
      return committed;
    }

    /** A partition that comes back may have had another owner meanwhile. */
    private final class Forgetting implements ConsumerRebalanceListener {
      private final ConsumerRebalanceListener listener;

      private Forgetting(ConsumerRebalanceListener listener) {
        this.listener = listener;
      }

      @Override
      public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
        listener.onPartitionsAssigned(partitions);
      }

      @Override
      public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
        try {
          listener.onPartitionsRevoked(partitions); // commits
        } finally {
          partitions.forEach(committed::remove);
        }
      }

      @Override
      public void onPartitionsLost(Collection<TopicPartition> partitions) {
        partitions.forEach(committed::remove);
        listener.onPartitionsLost(partitions);
      }
    }
  }

  /** Used by its stream thread alone, as the thread's consumer is. */
  private final class FencedProducer extends KafkaProducer<byte[], byte[]> {
    private final String thread;

    /** Whether Kafka Streams has offsets for the transaction. */
    private boolean hasOffsets;

    private FencedProducer(Map<String, Object> config, String thread) {
      super(config, new ByteArraySerializer(), new ByteArraySerializer());
      this.thread = thread;
    }

    @Override
    public void sendOffsetsToTransaction(
        Map<TopicPartition, OffsetAndMetadata> offsets, ConsumerGroupMetadata group) {
      hasOffsets = !offsets.isEmpty();
      Map<TopicPartition, OffsetAndMetadata> all = new HashMap<>(offsets);
      all.putAll(mainConsumers.get(thread).without(offsets.keySet()));
      orFail(() -> super.sendOffsetsToTransaction(all, group));
    }

    @Override
    public void commitTransaction() {
      orFail(super::commitTransaction);
    }

    /**
     * After a timeout Kafka Streams resets the tasks that it has offsets of, and takes the others
     * as committed (read in 4.3.1: {@code TaskExecutor.commitOffsetsOrTransaction}). If it has none
     * at all, the thread is to give up its tasks, as one that was fenced does.
     */
    private void orFail(Runnable commit) {
      try {
        commit.run();
      } catch (TimeoutException e) {
        if (hasOffsets) {
          throw e;
        }
        throw new CommitFailedException(
            "a transaction without offsets was not completed in time: " + e.getMessage());
      }
    }
  }
}
