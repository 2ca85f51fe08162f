package io.sentencestreams.app.topology;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.sentencestreams.app.TopicCreation;
import io.sentencestreams.app.broker.EmbeddedBroker;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class FencingClientSupplierTest {
  private static final Duration POLL = Duration.ofMillis(50);
  private static final Duration PATIENCE = Duration.ofMinutes(5);
  private static final String OUTPUT = "output";

  private static EmbeddedBroker broker;
  private static Admin admin;

  private final FencingClientSupplier clients = new FencingClientSupplier();

  @BeforeAll
  static void startBroker() {
    broker = EmbeddedBroker.start();
    admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()));
    TopicCreation.create(
        admin,
        Stream.of(OUTPUT, "fenced", "held", "returned", "slow")
            .map(name -> new NewTopic(name, 3, (short) 1))
            .toList());
  }

  @AfterAll
  static void stopBroker() {
    admin.close();
    broker.close();
  }

  @Test
  void shouldFenceATransactionWithoutOffsetsOfAMemberThatWasLeftBehind() {
    try (Consumer<byte[], byte[]> member = member("fenced", 1);
        Producer<byte[], byte[]> producer = producer("fenced", 1)) {
      commit(member, new TopicPartition("fenced", 0), new OffsetAndMetadata(5, "of state"));
      producer.initTransactions();
      ConsumerGroupMetadata old = member.groupMetadata();
      begin(producer);
      try (Consumer<byte[], byte[]> other = subscribed("fenced", 2)) {
        awaitAssignment(
            () -> !other.assignment().isEmpty() && !member.groupMetadata().equals(old),
            member,
            other);
        assertThatThrownBy(() -> producer.sendOffsetsToTransaction(Map.of(), old))
            .isInstanceOf(CommitFailedException.class);
      }
    }
  }

  @Test
  void shouldMakeOthersWaitForATransactionAndLeaveTheOffsetsAsTheyAre() {
    TopicPartition read = new TopicPartition("held", 0);
    TopicPartition unread = new TopicPartition("held", 1);
    TopicPartition fresh = new TopicPartition("held", 2);
    OffsetAndMetadata before = new OffsetAndMetadata(5, "of state");
    OffsetAndMetadata after = new OffsetAndMetadata(8, "of more");
    try (Consumer<byte[], byte[]> member = member("held", 1);
        Producer<byte[], byte[]> producer = producer("held", 1);
        Consumer<byte[], byte[]> owner = clients.getRestoreConsumer(consumer("held", 9))) {
      commit(member, read, before);
      commit(member, unread, before);
      producer.initTransactions();
      begin(producer);
      producer.sendOffsetsToTransaction(Map.of(read, after), member.groupMetadata());
      // As Kafka Streams does before it takes a partition over.
      assertThatThrownBy(() -> owner.committed(Set.of(unread), POLL))
          .isInstanceOf(TimeoutException.class);
      producer.commitTransaction();
      assertThat(committed(member, read, unread, fresh))
          .isEqualTo(Map.of(read, after, unread, before));

      begin(producer);
      producer.sendOffsetsToTransaction(Map.of(unread, after), member.groupMetadata());
      producer.commitTransaction();
      begin(producer);
      producer.sendOffsetsToTransaction(Map.of(), member.groupMetadata());
      producer.commitTransaction();
      assertThat(committed(member, read, unread, fresh))
          .isEqualTo(Map.of(read, after, unread, after));
    }
  }

  @Test
  void shouldNotTakeBackWhatAnotherOwnerHasCommittedMeanwhile() {
    OffsetAndMetadata before = new OffsetAndMetadata(5, "of state");
    OffsetAndMetadata others = new OffsetAndMetadata(9, "of another owner");
    try (Producer<byte[], byte[]> producer = producer("returned", 1);
        Consumer<byte[], byte[]> member = member("returned", 1)) {
      producer.initTransactions();
      Set<TopicPartition> all = Set.copyOf(member.assignment());
      all.forEach(partition -> commit(member, partition, before));
      TopicPartition moved;
      try (Consumer<byte[], byte[]> other = subscribed("returned", 2)) {
        awaitAssignment(
            () -> member.assignment().size() < 3 && !other.assignment().isEmpty(), member, other);
        moved = other.assignment().iterator().next();
        commit(other, moved, others);
      }
      awaitAssignment(() -> member.assignment().size() == 3, member);
      begin(producer);
      producer.sendOffsetsToTransaction(Map.of(), member.groupMetadata());
      producer.commitTransaction();
      assertThat(committed(member, moved)).isEqualTo(Map.of(moved, others));
    }
  }

  /** Kafka Streams takes a commit without offsets as done when it times out. */
  @Test
  void shouldSayThatItIsFencedWhenATransactionWithoutOffsetsCannotBeCommittedInTime() {
    TopicPartition partition = new TopicPartition("slow", 0);
    try (Consumer<byte[], byte[]> member = member("slow", 1)) {
      commit(member, partition, new OffsetAndMetadata(5, "of state"));
      Map<String, Object> config = producerConfig("slow", 1);
      config.put("max.block.ms", 1);
      try (Producer<byte[], byte[]> producer = clients.getProducer(config)) {
        await()
            .atMost(PATIENCE)
            .ignoreException(TimeoutException.class)
            .until(
                () -> {
                  producer.initTransactions();
                  return true;
                });
        producer.beginTransaction();
        assertThatThrownBy(
                () -> {
                  // One of the two takes longer than a millisecond.
                  producer.sendOffsetsToTransaction(Map.of(), member.groupMetadata());
                  producer.commitTransaction();
                })
            .isInstanceOf(CommitFailedException.class)
            .hasMessageContaining("in time");
      }
    }
  }

  /** Owns the three partitions of the topic of the group's name. */
  private Consumer<byte[], byte[]> member(String group, int thread) {
    Consumer<byte[], byte[]> consumer = subscribed(group, thread);
    awaitAssignment(() -> consumer.assignment().size() == 3, consumer);
    return consumer;
  }

  @SafeVarargs
  private static void awaitAssignment(
      Callable<Boolean> condition, Consumer<byte[], byte[]>... consumers) {
    await()
        .atMost(PATIENCE)
        .until(
            () -> {
              for (Consumer<byte[], byte[]> consumer : consumers) {
                consumer.poll(POLL);
              }
              return condition.call();
            });
  }

  private Consumer<byte[], byte[]> subscribed(String group, int thread) {
    Consumer<byte[], byte[]> consumer = clients.getConsumer(consumer(group, thread));
    consumer.subscribe(
        List.of(group),
        new ConsumerRebalanceListener() {
          @Override
          public void onPartitionsAssigned(Collection<TopicPartition> partitions) {}

          @Override
          public void onPartitionsRevoked(Collection<TopicPartition> partitions) {}
        });
    return consumer;
  }

  private static Map<String, Object> consumer(String group, int thread) {
    Map<String, Object> config = new HashMap<>();
    config.put("bootstrap.servers", broker.bootstrapServers());
    config.put("client.id", group + "-" + thread + "-consumer");
    config.put("group.id", group);
    config.put("enable.auto.commit", false);
    config.put("auto.offset.reset", "earliest");
    config.put("isolation.level", "read_committed");
    config.put(
        "partition.assignment.strategy",
        "org.apache.kafka.clients.consumer.CooperativeStickyAssignor");
    return config;
  }

  private Producer<byte[], byte[]> producer(String group, int thread) {
    return clients.getProducer(producerConfig(group, thread));
  }

  private static Map<String, Object> producerConfig(String group, int thread) {
    Map<String, Object> config = new HashMap<>();
    config.put("bootstrap.servers", broker.bootstrapServers());
    config.put("client.id", group + "-" + thread + "-producer");
    config.put("transactional.id", group + thread);
    return config;
  }

  private static void begin(Producer<byte[], byte[]> producer) {
    producer.beginTransaction();
    try {
      producer.send(new ProducerRecord<>(OUTPUT, new byte[1])).get();
    } catch (InterruptedException | ExecutionException e) {
      throw new IllegalStateException(e);
    }
  }

  /** What its task finds when it is opened. */
  private static void commit(
      Consumer<byte[], byte[]> consumer, TopicPartition partition, OffsetAndMetadata offset) {
    consumer.commitSync(Map.of(partition, offset));
    consumer.committed(Set.of(partition));
  }

  /** Of the partitions that have one. */
  private static Map<TopicPartition, OffsetAndMetadata> committed(
      Consumer<byte[], byte[]> consumer, TopicPartition... partitions) {
    Map<TopicPartition, OffsetAndMetadata> found =
        new HashMap<>(consumer.committed(Set.of(partitions)));
    found.values().removeIf(offset -> offset == null);
    return found;
  }
}
