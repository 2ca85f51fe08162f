package io.sentencestreams.app.benchmark;

import io.sentencestreams.app.TopicCreation;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * A broker in a JVM of its own, so that neither heap nor compiler are shared with what is measured,
 * as they are not with a cluster. It does share the machine's cores.
 */
final class BenchmarkCluster implements AutoCloseable {
  private final ChildJvm broker;
  private final String bootstrapServers;
  private final Admin admin;

  private BenchmarkCluster(ChildJvm broker) {
    this.broker = broker;
    this.bootstrapServers = broker.line();
    this.admin = Admin.create(client());
  }

  static BenchmarkCluster start() {
    ChildJvm broker =
        ChildJvm.start(
            // On a busy machine the broker logs an error for batches that producers send again.
            List.of("-Dsentencestreams.log.libraries=OFF"),
            List.of("broker", "--port", "0", "--property", "log.retention.check.interval.ms=5000"));
    try {
      return new BenchmarkCluster(broker);
    } catch (RuntimeException e) {
      broker.close();
      throw e;
    }
  }

  Map<String, Object> client() {
    return Map.of(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers);
  }

  String bootstrapServers() {
    return bootstrapServers;
  }

  /** Processor time that the broker has used. */
  Duration cpu() {
    return broker.cpu();
  }

  void createTopics(Collection<NewTopic> topics) {
    TopicCreation.create(admin, topics);
  }

  void deleteTopics(Collection<String> topics) {
    get(() -> admin.deleteTopics(topics).all().get());
  }

  /** Deletes the topics whose names begin so: a turn's own and Kafka Streams' for it. */
  void deleteTopicsOf(String prefix) {
    List<String> names =
        get(() -> admin.listTopics().names().get()).stream()
            .filter(name -> name.startsWith(prefix))
            .toList();
    deleteTopics(names);
  }

  /** Writes texts to a topic, keyed by their index, and waits until the broker has them. */
  void produce(String topic, BenchmarkTexts texts, long from, long count) {
    AtomicReference<Exception> failure = new AtomicReference<>();
    try (KafkaProducer<String, String> producer = producer(5)) {
      for (long i = from; i < from + count; i++) {
        var unused =
            producer.send(
                new ProducerRecord<>(topic, Long.toString(i), texts.get(i)),
                (metadata, e) -> failure.compareAndSet(null, e));
      }
    }
    if (failure.get() != null) {
      throw new KafkaException("the texts could not be written", failure.get());
    }
  }

  KafkaProducer<String, String> producer(int lingerMs) {
    Map<String, Object> properties = new HashMap<>(client());
    properties.put(ProducerConfig.LINGER_MS_CONFIG, lingerMs);
    properties.put(ProducerConfig.BATCH_SIZE_CONFIG, 1 << 16);
    return new KafkaProducer<>(properties, new StringSerializer(), new StringSerializer());
  }

  /** A read-committed reader of all partitions of a topic, from its start or its end. */
  KafkaConsumer<byte[], byte[]> consumer(String topic, boolean fromStart) {
    Map<String, Object> properties = new HashMap<>(client());
    properties.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
    properties.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, 5000);
    KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    List<TopicPartition> partitions = partitions(topic);
    consumer.assign(partitions);
    if (fromStart) {
      consumer.seekToBeginning(partitions);
    } else {
      consumer.seekToEnd(partitions);
    }
    partitions.forEach(consumer::position); // the seek is done at the first need otherwise
    return consumer;
  }

  /** Counts the committed records of a topic, and their bytes. */
  Contents count(String topic) {
    long records = 0;
    long bytes = 0;
    Map<TopicPartition, Long> ends = ends(topic, IsolationLevel.READ_COMMITTED);
    try (KafkaConsumer<byte[], byte[]> consumer = consumer(topic, true)) {
      while (ends.entrySet().stream()
          .anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(100))) {
          records++;
          bytes += Math.max(0, record.serializedValueSize());
        }
      }
    }
    return new Contents(records, bytes);
  }

  /** What a topic holds. */
  record Contents(long records, long bytes) {}

  /** Whether no transaction is open on a topic: all that was written can be read. */
  boolean isCommitted(String topic) {
    return ends(topic, IsolationLevel.READ_COMMITTED)
        .equals(ends(topic, IsolationLevel.READ_UNCOMMITTED));
  }

  /** Records and markers that were ever written to a topic. */
  long written(String topic) {
    return ends(topic, IsolationLevel.READ_UNCOMMITTED).values().stream()
        .mapToLong(Long::longValue)
        .sum();
  }

  private Map<TopicPartition, Long> ends(String topic, IsolationLevel isolation) {
    Map<TopicPartition, OffsetSpec> wanted = new HashMap<>();
    partitions(topic).forEach(partition -> wanted.put(partition, OffsetSpec.latest()));
    Map<TopicPartition, ListOffsetsResultInfo> found =
        get(() -> admin.listOffsets(wanted, new ListOffsetsOptions(isolation)).all().get());
    Map<TopicPartition, Long> ends = new HashMap<>();
    found.forEach((partition, info) -> ends.put(partition, info.offset()));
    return ends;
  }

  private List<TopicPartition> partitions(String topic) {
    TopicDescription description =
        get(() -> admin.describeTopics(List.of(topic)).allTopicNames().get()).get(topic);
    return description.partitions().stream()
        .map(partition -> new TopicPartition(topic, partition.partition()))
        .toList();
  }

  private interface Request<T> {
    T run() throws ExecutionException, InterruptedException;
  }

  private static <T> T get(Request<T> request) {
    try {
      return request.run();
    } catch (ExecutionException e) {
      throw e.getCause() instanceof KafkaException cause ? cause : new KafkaException(e);
    } catch (InterruptedException e) {
      throw new InterruptException(e);
    }
  }

  @Override
  public void close() {
    admin.close();
    broker.close();
  }
}
