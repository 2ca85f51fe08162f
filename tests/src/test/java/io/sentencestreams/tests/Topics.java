package io.sentencestreams.tests;

import io.sentencestreams.app.TopicCreation;
import io.sentencestreams.schemas.EmbeddingRecord;
import io.sentencestreams.schemas.EmbeddingSerdes;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.function.IntFunction;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsOptions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** Creates, fills and reads topics as a program with plain Kafka clients would. */
public final class Topics implements AutoCloseable {
  private final Map<String, Object> client;
  private final List<Reader<?>> readers = new ArrayList<>();
  private Admin admin;

  public Topics(String bootstrapServers) {
    this(Map.of(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers));
  }

  /** With the properties that a secured broker asks for. */
  public Topics(Map<String, Object> client) {
    this.client = client;
  }

  public void create(int partitions, String... names) {
    try (Admin admin = Admin.create(client)) {
      TopicCreation.create(
          admin,
          Arrays.stream(names).map(name -> new NewTopic(name, partitions, (short) 1)).toList());
    }
  }

  public boolean exists(String topic) throws ExecutionException, InterruptedException {
    try (Admin admin = Admin.create(client)) {
      return admin.listTopics().names().get().contains(topic);
    }
  }

  /**
   * Records of a topic, which has no transactions of its own, up to the offsets that a group has
   * committed.
   *
   * @param stable whether to wait for transactions with offsets that are open or being completed
   */
  public long committed(String group, String topic, boolean stable)
      throws ExecutionException, InterruptedException {
    if (admin == null) {
      admin = Admin.create(client);
    }
    return admin
        .listConsumerGroupOffsets(
            group, new ListConsumerGroupOffsetsOptions().requireStable(stable))
        .partitionsToOffsetAndMetadata()
        .get()
        .entrySet()
        .stream()
        .filter(entry -> entry.getKey().topic().equals(topic))
        .mapToLong(entry -> entry.getValue().offset())
        .sum();
  }

  /** Puts {@code count} records on a topic, all acknowledged when this returns. */
  public void produce(String topic, int count, IntFunction<String> key, IntFunction<String> value)
      throws ExecutionException, InterruptedException {
    Map<String, Object> config = new HashMap<>(client);
    config.put(ProducerConfig.ACKS_CONFIG, "all");
    try (KafkaProducer<String, String> producer =
        new KafkaProducer<>(config, new StringSerializer(), new StringSerializer())) {
      List<Future<RecordMetadata>> sent = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        sent.add(producer.send(new ProducerRecord<>(topic, key.apply(i), value.apply(i))));
      }
      for (Future<RecordMetadata> record : sent) {
        record.get();
      }
    }
  }

  /** Puts values on one partition of a topic, in this order, all acknowledged on return. */
  public void produce(String topic, List<byte[]> values)
      throws ExecutionException, InterruptedException {
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(client, new ByteArraySerializer(), new ByteArraySerializer())) {
      List<Future<RecordMetadata>> sent = new ArrayList<>();
      for (byte[] value : values) {
        sent.add(producer.send(new ProducerRecord<>(topic, 0, null, value)));
      }
      for (Future<RecordMetadata> record : sent) {
        record.get();
      }
    }
  }

  /** Reads embeddings as JSON, committed ones only, from the start of the topic. */
  public Reader<EmbeddingRecord> embeddings(String topic) {
    return reader(topic, EmbeddingSerdes.deserializer(Map.of()));
  }

  public <V> Reader<V> reader(String topic, Deserializer<V> values) {
    Map<String, Object> config = new HashMap<>(client);
    config.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
    config.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    config.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
    Consumer<byte[], V> consumer = new KafkaConsumer<>(config, new ByteArrayDeserializer(), values);
    List<TopicPartition> partitions = partitions(consumer, topic);
    consumer.assign(partitions);
    consumer.seekToBeginning(partitions);
    Reader<V> reader = new Reader<>(consumer);
    readers.add(reader);
    return reader;
  }

  /**
   * The end offsets of a topic's partitions, added up, uncommitted and aborted records included.
   */
  public long endOffset(String topic) {
    try (Consumer<byte[], byte[]> consumer = // which reads what is not committed too
        new KafkaConsumer<>(client, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      return consumer.endOffsets(partitions(consumer, topic)).values().stream()
          .mapToLong(Long::longValue)
          .sum();
    }
  }

  private static List<TopicPartition> partitions(Consumer<?, ?> consumer, String topic) {
    return consumer.partitionsFor(topic).stream()
        .map(partition -> new TopicPartition(topic, partition.partition()))
        .toList();
  }

  public static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }

  @Override
  public void close() {
    readers.forEach(Reader::close);
    if (admin != null) {
      admin.close();
    }
  }

  /** Keeps all that it has read. */
  public static final class Reader<V> implements AutoCloseable {
    private static final Duration POLL = Duration.ofMillis(100);

    private final Consumer<byte[], V> consumer;
    private final List<ConsumerRecord<byte[], V>> records = new ArrayList<>();

    private Reader(Consumer<byte[], V> consumer) {
      this.consumer = consumer;
    }

    /** Reads on; returns all records so far. */
    public List<ConsumerRecord<byte[], V>> poll() {
      consumer.poll(POLL).forEach(records::add);
      return records;
    }

    /** Reads all that is committed by now; returns all records so far. */
    public List<ConsumerRecord<byte[], V>> pollToEnd() {
      Map<TopicPartition, Long> ends = consumer.endOffsets(consumer.assignment());
      while (ends.entrySet().stream()
          .anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
        poll();
      }
      return records;
    }

    public List<ConsumerRecord<byte[], V>> records() {
      return records;
    }

    @Override
    public void close() {
      consumer.close();
    }
  }
}
