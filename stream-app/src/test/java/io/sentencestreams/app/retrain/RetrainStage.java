package io.sentencestreams.app.retrain;

import static org.awaitility.Awaitility.await;

import io.sentencestreams.app.TopicCreation;
import io.sentencestreams.model.checkpoint.Checkpoint;
import io.sentencestreams.schemas.EmbeddingRecord;
import io.sentencestreams.schemas.EmbeddingSerdes;
import io.sentencestreams.schemas.labels.Label;
import io.sentencestreams.schemas.labels.LabelKind;
import io.sentencestreams.schemas.labels.LabelSerdes;
import io.sentencestreams.schemas.releases.ReleaseRecord;
import io.sentencestreams.schemas.releases.ReleaseSerdes;
import io.sentencestreams.schemas.releases.TrainingRunRecord;
import io.sentencestreams.trainer.TrainingListener;
import io.sentencestreams.trainer.retraining.RetrainConfig;
import io.sentencestreams.trainer.retraining.RetrainingService;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsOptions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serializer;

/** Topics of its own, labels on them, and services that read them. */
public final class RetrainStage implements AutoCloseable {
  static final Duration PATIENCE = Duration.ofMinutes(5);
  private static final int ROOM = 32 << 20;

  private final Map<String, Object> client;
  private final String name;
  private final Path folder;
  private final Checkpoint base;
  private final KafkaProducer<byte[], byte[]> producer;
  private int produced;

  /**
   * A stage.
   *
   * @param name of a test: topics begin with it
   */
  public RetrainStage(String bootstrapServers, String name, Path folder) throws IOException {
    this.client = Map.of("bootstrap.servers", bootstrapServers);
    this.name = name;
    this.folder = folder;
    this.base =
        Checkpoint.open(
            Path.of(
                System.getProperty("sentencestreams.root"),
                "model/src/test/resources/golden/mean"));
    Files.writeString(folder.resolve("guard.tsv"), Themes.file(100, 99));
    try (Admin admin = Admin.create(client)) {
      TopicCreation.create(
          admin,
          List.of(
              new NewTopic(labelTopic(), 2, (short) 1)
                  .configs(Map.of("max.message.bytes", Integer.toString(ROOM)))));
    }
    Map<String, Object> large = new HashMap<>(client);
    large.put("max.request.size", ROOM);
    producer = new KafkaProducer<>(large, new ByteArraySerializer(), new ByteArraySerializer());
  }

  public String labelTopic() {
    return name + "-labels";
  }

  public Checkpoint base() {
    return base;
  }

  /** The properties of a service. */
  public Map<String, Object> properties(Map<String, Object> settings) {
    Map<String, Object> properties = new TreeMap<>(client);
    properties.put("retrain.id", name);
    properties.put("labels", "pairs");
    properties.put("labels.pairs.topic", labelTopic());
    properties.put("labels.pairs.kind", "scored-pairs");
    properties.put("model", base.directory().toString());
    properties.put("releases.topic", name + "-releases");
    properties.put("runs.topic", name + "-runs");
    properties.put("replay.topic", name + "-replay");
    properties.put("commands.topic", name + "-commands");
    properties.put("releases.folder", folder.resolve("releases").toString());
    properties.put("work.folder", folder.resolve("work").toString());
    properties.put("guard.file", folder.resolve("guard.tsv").toString());
    properties.put("held.out.share", 0.3);
    properties.put("gate.min.held.out", 40);
    properties.put("learning.rate", 1e-3);
    properties.put("epochs", 3);
    properties.put("threads", 1);
    properties.put("checkpoint.steps", 10);
    properties.putAll(settings);
    properties.values().removeIf(Objects::isNull);
    return properties;
  }

  public RetrainConfig config(Map<String, Object> settings) {
    return new RetrainConfig(properties(settings));
  }

  /** Puts labels on the topic, alternating between its partitions. */
  public void produce(List<Label> labels) throws Exception {
    try (Serializer<Label> serializer =
        LabelSerdes.serializer(LabelKind.SCORED_PAIRS, "json", Map.of())) {
      for (Label label : labels) {
        send(serializer.serialize(labelTopic(), label));
      }
    }
    producer.flush();
  }

  /** Puts labels of any kind on a topic of their own, which is made. */
  public void produce(String suffix, LabelKind kind, String format, List<? extends Label> labels)
      throws Exception {
    String topic = name + "-" + suffix;
    try (Admin admin = Admin.create(client);
        Serializer<Label> serializer = LabelSerdes.serializer(kind, format, Map.of())) {
      TopicCreation.create(admin, List.of(new NewTopic(topic, 1, (short) 1)));
      for (Label label : labels) {
        producer.send(new ProducerRecord<>(topic, null, serializer.serialize(topic, label))).get();
      }
    }
  }

  /** A topic of this stage. */
  public String topic(String suffix) {
    return name + "-" + suffix;
  }

  /** Makes a topic of embeddings. */
  public void createEmbeddings() {
    try (Admin admin = Admin.create(client)) {
      TopicCreation.create(admin, List.of(new NewTopic(topic("embeddings"), 1, (short) 1)));
    }
  }

  /** Puts embeddings on it that lie about the axis of a number. */
  public void embed(int count, int axis) throws Exception {
    Random random = new Random(axis);
    try (Serializer<EmbeddingRecord> serializer = EmbeddingSerdes.serializer(Map.of())) {
      for (int i = 0; i < count; i++) {
        float[] vector = new float[8];
        for (int k = 0; k < vector.length; k++) {
          vector[k] = (float) random.nextGaussian() / 4 + (k == axis ? 1 : 0);
        }
        EmbeddingRecord embedding =
            new EmbeddingRecord("id", vector, "m", "v1", 3, false, "texts", 0, i, 1, null);
        producer
            .send(
                new ProducerRecord<>(
                    topic("embeddings"), serializer.serialize(topic("embeddings"), embedding)))
            .get();
      }
    }
  }

  /** Puts a value on the first partition. */
  public void produceRaw(String value) throws Exception {
    send(value == null ? null : value.getBytes(StandardCharsets.UTF_8));
  }

  /** Puts a record on the topic of releases that is none. */
  public void produceNoRelease(String value) throws Exception {
    byte[] key = "key".getBytes(StandardCharsets.UTF_8);
    producer
        .send(new ProducerRecord<>(topic("releases"), key, value.getBytes(StandardCharsets.UTF_8)))
        .get();
  }

  private void send(byte[] value) throws InterruptedException, ExecutionException {
    producer.send(new ProducerRecord<>(labelTopic(), produced++ % 2, null, value)).get();
  }

  /** A service that runs on a thread of its own. */
  public Running start(Map<String, Object> settings) throws IOException {
    return start(settings, InstantSource.system());
  }

  /** A service by whose clock time passes. */
  public Running start(Map<String, Object> settings, InstantSource clock) throws IOException {
    return new Running(config(settings), clock);
  }

  /** A running service. */
  public final class Running implements AutoCloseable {
    private final ConcurrentLinkedQueue<String> lines = new ConcurrentLinkedQueue<>();
    private final RetrainingService service;
    private final CompletableFuture<Void> end;

    private Running(RetrainConfig config, InstantSource clock) throws IOException {
      service = new RetrainingService(config, base, clock, TrainingListener.NONE, lines::add);
      end = CompletableFuture.runAsync(service::run, task -> new Thread(task, name).start());
    }

    /** What it has said. */
    public Stream<String> said() {
      return lines.stream();
    }

    /** The run that trains. */
    public Optional<String> training() {
      return service.status().running();
    }

    /** A metric's value. */
    public double metric(String metric) {
      return service.status().metrics().entrySet().stream()
          .filter(entry -> entry.getKey().name().equals(metric))
          .mapToDouble(entry -> ((Number) entry.getValue().metricValue()).doubleValue())
          .sum();
    }

    /** Waits until it has read so many labels, whatever they are. */
    public void awaitLabels(int count) {
      await().atMost(PATIENCE).until(() -> metric("labels-total") >= count);
    }

    /** Waits until it reads labels. */
    public Running awaitReady() {
      await().atMost(PATIENCE).until(service.status()::isWorking);
      return this;
    }

    public CompletableFuture<Void> end() {
      return end.orTimeout(PATIENCE.toSeconds(), java.util.concurrent.TimeUnit.SECONDS);
    }

    /** What it has failed of. */
    public Optional<Throwable> failure() {
      return end.isCompletedExceptionally()
          ? Optional.of(end.handle((nothing, failure) -> failure).join())
          : Optional.empty();
    }

    @Override
    public void close() {
      service.stop();
      end.handle((nothing, failure) -> null).join();
      service.close();
    }
  }

  /** Waits for runs; all of them, in order. */
  public List<TrainingRunRecord> awaitRuns(int count) {
    await().atMost(PATIENCE).until(() -> runs().size() >= count);
    return runs();
  }

  public List<TrainingRunRecord> runs() {
    return all(name + "-runs", ReleaseSerdes.runDeserializer());
  }

  public List<ReleaseRecord> releases() {
    return all(name + "-releases", ReleaseSerdes.releaseDeserializer()).stream()
        .filter(record -> record.action() == ReleaseRecord.Action.RELEASE)
        .toList();
  }

  /** Committed records of a topic of one partition. */
  private <T> List<T> all(String topic, Deserializer<T> deserializer) {
    Map<String, Object> properties = new HashMap<>(client);
    properties.put("isolation.level", "read_committed");
    properties.put("allow.auto.create.topics", false);
    List<T> records = new ArrayList<>();
    TopicPartition partition = new TopicPartition(topic, 0);
    try (KafkaConsumer<byte[], T> consumer =
        new KafkaConsumer<>(properties, new ByteArrayDeserializer(), deserializer)) {
      if (!consumer.listTopics().containsKey(topic)) {
        return List.of();
      }
      consumer.assign(List.of(partition));
      consumer.seekToBeginning(List.of(partition));
      long end = end(partition);
      while (consumer.position(partition) < end) {
        consumer.poll(Duration.ofMillis(50)).forEach(record -> records.add(record.value()));
      }
    }
    return records;
  }

  /**
   * Behind what a transaction has written that is being completed: one that is seen in one topic
   * may be seen in another a moment later.
   */
  private long end(TopicPartition partition) {
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(client, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      return consumer.endOffsets(List.of(partition)).get(partition);
    }
  }

  /** The service's committed offsets of the labels. */
  public Map<TopicPartition, Long> committed() throws Exception {
    Map<TopicPartition, Long> offsets = new HashMap<>();
    try (Admin admin = Admin.create(client)) {
      admin
          // A transaction's offsets follow its records.
          .listConsumerGroupOffsets(name, new ListConsumerGroupOffsetsOptions().requireStable(true))
          .partitionsToOffsetAndMetadata()
          .get()
          .forEach(
              (partition, offset) -> {
                if (partition.topic().equals(labelTopic()) && offset != null) {
                  offsets.put(partition, offset.offset());
                }
              });
    }
    return offsets;
  }

  /** As if nothing had been committed for long. */
  public void deleteOffsets() throws Exception {
    try (Admin admin = Admin.create(client)) {
      admin.deleteConsumerGroups(List.of(name)).all().get();
    }
  }

  /** Where the labels end. */
  public Map<TopicPartition, Long> ends() {
    List<TopicPartition> partitions =
        List.of(new TopicPartition(labelTopic(), 0), new TopicPartition(labelTopic(), 1));
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(client, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      return new HashMap<>(consumer.endOffsets(partitions));
    }
  }

  @Override
  public void close() {
    producer.close();
  }
}
