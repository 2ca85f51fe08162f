package io.sentencestreams.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sentencestreams.app.batch.LetterEncoder;
import io.sentencestreams.app.config.AppConfig;
import io.sentencestreams.schemas.EmbeddingRecord;
import io.sentencestreams.schemas.EmbeddingSerdes;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
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
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The whole stream on a real broker, with an encoder that is known in advance. */
abstract class StreamsAppContract {
  private static final int PARTITIONS = 4;
  private static final Duration PATIENCE = Duration.ofMinutes(5);

  private static final AtomicInteger tests = new AtomicInteger();

  @TempDir private Path stateFolder;

  private String suffix;

  /** What a client needs to reach the broker that the tests run on. */
  abstract Map<String, Object> client();

  @BeforeEach
  void createTopics(TestInfo info) throws Exception {
    suffix = Integer.toString(tests.getAndIncrement());
    try (Admin admin = Admin.create(client())) {
      TopicCreation.create(
          admin,
          List.of(
              new NewTopic("texts" + suffix, PARTITIONS, (short) 1),
              new NewTopic("embeddings" + suffix, PARTITIONS, (short) 1),
              new NewTopic("dead-letters" + suffix, 1, (short) 1)));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {StreamsConfig.EXACTLY_ONCE_V2, StreamsConfig.AT_LEAST_ONCE})
  void shouldEmitEachEmbeddingOnceAndInOrder(String guarantee) throws Exception {
    LetterEncoder encoder = new LetterEncoder();
    encoder.hold();
    try (StreamsApp app = app(guarantee, encoder)) {
      app.start();
      // A thread that joins later takes tasks, and under at-least-once makes some once more.
      await().atMost(PATIENCE).until(() -> app.state() == KafkaStreams.State.RUNNING);
      produce(0, 1000);
      // Something is in flight at a commit, or the changelog would have nothing to show.
      await().atMost(PATIENCE).until(() -> endOfChangelog() > 0);
      encoder.letThrough(1000);
      assertAllOnceInOrder(consume(1000), 1000);
    }
    assertNoNeedlessTombstones();
  }

  private List<TopicPartition> changelog() {
    return IntStream.range(0, PARTITIONS)
        .mapToObj(i -> new TopicPartition("app" + suffix + "-in-flight-changelog", i))
        .toList();
  }

  private long endOfChangelog() {
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(client(), new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      return consumer.endOffsets(changelog()).values().stream().mapToLong(Long::longValue).sum();
    }
  }

  /** A slot that was filled and emptied between two commits has nothing to do on the changelog. */
  private void assertNoNeedlessTombstones() {
    Map<String, Object> properties = new HashMap<>(client());
    properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
    properties.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      List<TopicPartition> partitions = changelog();
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
      Set<String> full = new HashSet<>();
      int records = 0;
      while (partitions.stream().anyMatch(p -> consumer.position(p) < ends.get(p))) {
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(50))) {
          String slot = record.partition() + ":" + Arrays.toString(record.key());
          if (record.value() != null) {
            full.add(slot);
          } else {
            assertThat(full.remove(slot)).as("slot %s is full when it is emptied", slot).isTrue();
          }
          records++;
        }
      }
      assertThat(records).isPositive();
    }
  }

  @Test
  void shouldLoseNothingAndDoubleNothingWhenStoppedWithWorkInFlight() throws Exception {
    LetterEncoder held = new LetterEncoder();
    held.hold();
    CompletableFuture<Void> released;
    try (StreamsApp app = app(StreamsConfig.EXACTLY_ONCE_V2, held)) {
      app.start();
      produce(0, 300);
      await().atMost(PATIENCE).until(() -> app.topologyMetrics().inFlight() > 100);
      // The encoder is in the middle of a batch until the stream has stopped.
      released =
          CompletableFuture.runAsync(
              () -> {
                await().atMost(PATIENCE).until(() -> app.state() == KafkaStreams.State.NOT_RUNNING);
                held.letThrough(1000);
              });
    }
    released.join();
    try (StreamsApp app = app(StreamsConfig.EXACTLY_ONCE_V2, new LetterEncoder())) {
      app.start();
      produce(300, 600);
      assertAllOnceInOrder(consume(600), 600);
    }
  }

  @Test
  void shouldStopIntakeWhileTheEncoderIsBrokenAndLoseNothing() throws Exception {
    LetterEncoder encoder = new LetterEncoder();
    AtomicBoolean first = new AtomicBoolean(true);
    AtomicBoolean mended = new AtomicBoolean();
    AppConfig config = config(StreamsConfig.EXACTLY_ONCE_V2);
    try (StreamsApp app =
        new StreamsApp(
            config,
            ClusterCheck.run(config).limits(),
            () -> {
              if (first.compareAndSet(true, false)) {
                return encoder;
              }
              LetterEncoder again = new LetterEncoder();
              again.broken(!mended.get());
              return again;
            })) {
      app.start();
      produce(0, 100);
      consume(100);
      encoder.broken(true);
      produce(100, 200);
      await().atMost(PATIENCE).until(() -> app.encoderProblem().isPresent());
      await().atMost(PATIENCE).until(app::isPaused);
      produce(200, 300);
      mended.set(true);
      await().atMost(PATIENCE).until(() -> app.encoderProblem().isEmpty());
      assertAllOnceInOrder(consume(300), 300);
      assertThat(app.isPaused()).isFalse();
      assertThat(app.failure()).isEmpty();
    }
  }

  @Test
  void shouldStopIntakeFarBeyondTheBoundAndGoOnWhenTheEncoderHasWorkedItOff() throws Exception {
    LetterEncoder encoder = new LetterEncoder();
    encoder.hold();
    Map<String, Object> properties =
        new HashMap<>(config(StreamsConfig.EXACTLY_ONCE_V2).originals());
    properties.put(AppConfig.IN_FLIGHT_MAX_TOKENS, 10);
    properties.put(AppConfig.IN_FLIGHT_MAX_MS, 50);
    try (StreamsApp app = app(new AppConfig(properties), encoder)) {
      app.start();
      produce(0, 300);
      await().atMost(PATIENCE).until(app::isPaused);
      assertThat(app.encoderProblem()).isEmpty();
      encoder.letThrough(1000);
      assertAllOnceInOrder(consume(300), 300);
      await().atMost(PATIENCE).until(() -> !app.isPaused());
    }
  }

  @Test
  void shouldShareTheWorkBetweenInstancesAndHandItOverWhenOneLeaves() throws Exception {
    try (StreamsApp first = app(StreamsConfig.EXACTLY_ONCE_V2, new LetterEncoder())) {
      first.start();
      produce(0, 200);
      consume(200);
      try (StreamsApp second =
          app(StreamsConfig.EXACTLY_ONCE_V2, new LetterEncoder(), stateFolder.resolve("second"))) {
        second.start();
        await().atMost(PATIENCE).until(() -> second.state() == KafkaStreams.State.RUNNING);
        produce(200, 600);
        consume(600);
        assertThat(second.topologyMetrics().embeddings()).isPositive();
      }
      produce(600, 800);
      assertAllOnceInOrder(consume(800), 800);
    }
  }

  private StreamsApp app(String guarantee, LetterEncoder encoder) {
    return app(guarantee, encoder, stateFolder);
  }

  private StreamsApp app(String guarantee, LetterEncoder encoder, Path folder) {
    Map<String, Object> properties = new HashMap<>(config(guarantee).originals());
    properties.put(StreamsConfig.STATE_DIR_CONFIG, folder.toString());
    return app(new AppConfig(properties), encoder);
  }

  private static StreamsApp app(AppConfig config, LetterEncoder encoder) {
    ClusterCheck.Report report = ClusterCheck.run(config);
    assertThat(report.problems()).isEmpty();
    return new StreamsApp(config, report.limits(), () -> encoder);
  }

  private AppConfig config(String guarantee) {
    Map<String, Object> properties = new HashMap<>(client());
    properties.put(StreamsConfig.APPLICATION_ID_CONFIG, "app" + suffix);
    properties.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, guarantee);
    properties.put(StreamsConfig.STATE_DIR_CONFIG, stateFolder.toString());
    properties.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, 2);
    properties.put(AppConfig.INPUT_TOPICS, "texts" + suffix);
    properties.put(AppConfig.OUTPUT_TOPIC, "embeddings" + suffix);
    properties.put(AppConfig.DEAD_LETTER_TOPIC, "dead-letters" + suffix);
    properties.put(AppConfig.OUTPUT_INCLUDE_TEXT, true);
    properties.put(AppConfig.ENCODER_RELOAD_BACKOFF_MS, 20);
    return new AppConfig(properties);
  }

  /** Texts "key number" with ten keys, so that order per key can be checked. */
  private void produce(int from, int to) throws ExecutionException, InterruptedException {
    Map<String, Object> properties = new HashMap<>(client());
    properties.put(ProducerConfig.ACKS_CONFIG, "all");
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer())) {
      List<Future<RecordMetadata>> sent = new ArrayList<>();
      for (int i = from; i < to; i++) {
        sent.add(
            producer.send(
                new ProducerRecord<>("texts" + suffix, bytes("key" + i % 10), bytes(text(i)))));
      }
      for (Future<RecordMetadata> record : sent) {
        record.get();
      }
    }
  }

  private static String text(int i) {
    return "text " + i + " " + "x".repeat(i % 23);
  }

  private List<EmbeddingRecord> consume(int count) {
    Map<String, Object> properties = new HashMap<>(client());
    properties.put(ConsumerConfig.GROUP_ID_CONFIG, "reader" + suffix + "-" + System.nanoTime());
    properties.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
    properties.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    List<EmbeddingRecord> records = new ArrayList<>();
    try (KafkaConsumer<byte[], byte[]> consumer =
            new KafkaConsumer<>(
                properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
        Deserializer<EmbeddingRecord> embeddings = EmbeddingSerdes.deserializer(Map.of())) {
      consumer.subscribe(List.of("embeddings" + suffix));
      await()
          .atMost(PATIENCE)
          .until(
              () -> {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(50))) {
                  records.add(embeddings.deserialize(record.topic(), record.value()));
                }
                return records.size() >= count;
              });
    }
    return records;
  }

  private static void assertAllOnceInOrder(List<EmbeddingRecord> records, int count) {
    assertThat(records).hasSize(count);
    Map<Integer, Long> lastOffset = new HashMap<>();
    List<String> texts = new ArrayList<>();
    for (EmbeddingRecord record : records) {
      long last = lastOffset.getOrDefault(record.partition(), -1L);
      assertThat(record.offset()).isGreaterThan(last);
      lastOffset.put(record.partition(), record.offset());
      assertThat(record.vector()).isEqualTo(LetterEncoder.embedding(record.text()));
      texts.add(record.text());
    }
    List<String> expected = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      expected.add(text(i));
    }
    assertThat(texts).containsExactlyInAnyOrderElementsOf(expected);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
