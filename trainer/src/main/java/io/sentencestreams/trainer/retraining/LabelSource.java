package io.sentencestreams.trainer.retraining;

import io.sentencestreams.schemas.SchemaRegistryException;
import io.sentencestreams.schemas.labels.InvalidLabelException;
import io.sentencestreams.schemas.labels.LabelSerdes;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the topics of labels and of commands, all their partitions, from where the last run's
 * transaction has left off. Nothing is read while a run trains; the clients stay connected. For one
 * thread.
 *
 * <p>It is no member of a group: there is one active service, which the transactional id sees to,
 * and a rebalance in the middle of a run would help nobody. Offsets of a group without members
 * expire at some time; labels that are read again then are known already.
 *
 * <p>A record that no label can be made of is counted and left out. One whose schema the registry
 * does not tell waits, and with it what follows in its partition.
 */
final class LabelSource implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LabelSource.class);
  private static final Duration POLL = Duration.ofMillis(200);
  private static final long REFRESH_NANOS = Duration.ofSeconds(30).toNanos();
  static final long RETRY_NANOS = Duration.ofSeconds(1).toNanos();
  static final String RUN = "run";

  private final RetrainConfig config;
  private final LabelMemory memory;
  private final RetrainStatus status;
  private final Consumer<byte[], byte[]> consumer;
  private final Map<String, LabelTask> tasks = new HashMap<>();
  private final Map<String, LabelSerdes.Reader> readers = new HashMap<>();

  private final LongSupplier nanoTime;

  /** Partitions with a record that the registry does not tell the schema of. */
  private final Map<TopicPartition, Blocked> blocked = new HashMap<>();

  private long refreshed;

  /** Ends of all partitions when the command came that no run has obeyed; null without one. */
  private Map<TopicPartition, Long> commandedAt;

  /** Why, and when it was tried last. */
  private record Blocked(String problem, long triedNanos) {}

  LabelSource(RetrainConfig config, LabelMemory memory, RetrainStatus status) {
    this(config, memory, status, LabelSource::reader, consumer(config), System::nanoTime);
  }

  LabelSource(
      RetrainConfig config,
      LabelMemory memory,
      RetrainStatus status,
      BiFunction<RetrainConfig, LabelTask, LabelSerdes.Reader> reader,
      Consumer<byte[], byte[]> consumer,
      LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    this.config = config;
    this.memory = memory;
    this.status = status;
    this.consumer = consumer;
    for (LabelTask task : config.tasks()) {
      tasks.put(task.topic(), task);
      readers.put(task.topic(), reader.apply(config, task));
    }
    assign();
  }

  private static LabelSerdes.Reader reader(RetrainConfig config, LabelTask task) {
    return LabelSerdes.reader(task.kind(), task.format(), task.rules(), config.originals());
  }

  private static Consumer<byte[], byte[]> consumer(RetrainConfig config) {
    Map<String, Object> properties = new HashMap<>(config.client(ConsumerConfig.configNames()));
    properties.put(ConsumerConfig.GROUP_ID_CONFIG, config.id());
    properties.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    properties.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
    properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
    return new KafkaConsumer<>(
        properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }

  /** Partitions may have been added. */
  private void assign() {
    List<TopicPartition> partitions = new ArrayList<>();
    List<String> topics = new ArrayList<>(tasks.keySet());
    topics.add(config.commandsTopic());
    for (String topic : topics) {
      consumer
          .partitionsFor(topic)
          .forEach(info -> partitions.add(new TopicPartition(topic, info.partition())));
    }
    if (!Set.copyOf(partitions).equals(consumer.assignment())) {
      consumer.assign(partitions);
    }
    refreshed = nanoTime.getAsLong();
  }

  /**
   * Lets the clients do their work.
   *
   * @param reading whether labels and commands are read
   */
  void poll(boolean reading) {
    long now = nanoTime.getAsLong();
    if (now - refreshed > REFRESH_NANOS) {
      assign();
    }
    if (reading) {
      consumer.resume(consumer.paused());
      // A registry that refuses at once is not to be asked as fast as one can ask.
      blocked.forEach(
          (partition, why) -> {
            boolean early = now - why.triedNanos() < RETRY_NANOS;
            if (early && consumer.assignment().contains(partition)) {
              consumer.pause(Set.of(partition));
            }
          });
    } else {
      consumer.pause(consumer.assignment());
    }
    ConsumerRecords<byte[], byte[]> records = consumer.poll(POLL);
    for (TopicPartition partition : records.partitions()) {
      takeAll(partition, records.records(partition));
    }
    status.waiting(memory.fresh().size());
  }

  /** Up to the first that the registry does not tell the schema of. */
  private void takeAll(TopicPartition partition, List<ConsumerRecord<byte[], byte[]>> records) {
    for (ConsumerRecord<byte[], byte[]> record : records) {
      try {
        take(record);
      } catch (SchemaRegistryException e) {
        String problem = "%s-%d waits: %s".formatted(partition, record.offset(), e.getMessage());
        if (blocked.put(partition, new Blocked(problem, nanoTime.getAsLong())) == null) {
          LOG.warn(problem, e);
        }
        status.blocked(problem);
        consumer.seek(partition, record.offset());
        return;
      }
    }
    if (blocked.remove(partition) != null) {
      status.blocked(blocked.values().stream().map(Blocked::problem).findFirst().orElse(null));
    }
  }

  private void take(ConsumerRecord<byte[], byte[]> record) {
    if (record.topic().equals(config.commandsTopic())) {
      takeCommand(record);
      return;
    }
    LabelTask task = tasks.get(record.topic());
    try {
      LabelMemory.Kind kind =
          memory.add(
              task.name(),
              readers.get(record.topic()).read(record.topic(), record.headers(), record.value()),
              record.timestamp());
      status.label(record.topic(), kind.name().toLowerCase(Locale.ROOT));
    } catch (InvalidLabelException e) {
      memory.addInvalid(task.name(), e.reason());
      status.invalid(record.topic(), e.reason().name());
      LOG.warn(
          "{}-{}-{} is no label, {}: {}",
          record.topic(),
          record.partition(),
          record.offset(),
          e.reason(),
          e.getMessage());
    }
  }

  private void takeCommand(ConsumerRecord<byte[], byte[]> record) {
    String command =
        record.value() == null ? "" : new String(record.value(), StandardCharsets.UTF_8).strip();
    if (command.equals(RUN)) {
      commandedAt = consumer.endOffsets(consumer.assignment());
    } else {
      LOG.warn(
          "{}-{}-{} is no command: '{}' is not '{}'",
          record.topic(),
          record.partition(),
          record.offset(),
          command.length() > 40 ? command.substring(0, 40) : command,
          RUN);
    }
  }

  /** Whether a command has come that no run has obeyed. */
  boolean isCommanded() {
    return commandedAt != null;
  }

  /** Whether the labels from before the command are read, but for what the registry keeps back. */
  boolean hasReadToCommand() {
    return commandedAt.entrySet().stream()
        .allMatch(
            end ->
                blocked.containsKey(end.getKey())
                    || consumer.position(end.getKey()) >= end.getValue());
  }

  /** A run has obeyed. */
  void obeyed() {
    commandedAt = null;
  }

  /** The group that the offsets are of. */
  ConsumerGroupMetadata group() {
    return consumer.groupMetadata();
  }

  /** What is committed; of a partition of which nothing is, its beginning. */
  Map<TopicPartition, OffsetAndMetadata> committed() {
    Map<TopicPartition, OffsetAndMetadata> committed = new HashMap<>();
    consumer
        .committed(consumer.assignment())
        .forEach(
            (partition, offset) -> {
              if (offset != null) {
                committed.put(partition, offset);
              }
            });
    consumer
        .beginningOffsets(consumer.assignment())
        .forEach(
            (partition, offset) -> committed.putIfAbsent(partition, new OffsetAndMetadata(offset)));
    return committed;
  }

  /** What is to be committed if all that was read is used. */
  Map<TopicPartition, OffsetAndMetadata> offsets() {
    return consumer.assignment().stream()
        .collect(
            Collectors.toMap(
                partition -> partition,
                partition -> new OffsetAndMetadata(consumer.position(partition)),
                (one, other) -> other,
                LinkedHashMap::new));
  }

  @Override
  public void close() {
    consumer.close();
    readers.values().forEach(LabelSerdes.Reader::close);
  }
}
