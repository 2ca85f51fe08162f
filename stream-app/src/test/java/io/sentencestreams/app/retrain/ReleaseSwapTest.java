package io.sentencestreams.app.retrain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import io.sentencestreams.app.Encoders;
import io.sentencestreams.app.StreamService;
import io.sentencestreams.app.TopicCreation;
import io.sentencestreams.app.broker.EmbeddedBroker;
import io.sentencestreams.app.config.AppConfig;
import io.sentencestreams.model.EncoderOptions;
import io.sentencestreams.model.Precision;
import io.sentencestreams.model.SentenceEncoder;
import io.sentencestreams.model.repository.ImportProgress;
import io.sentencestreams.schemas.EmbeddingRecord;
import io.sentencestreams.schemas.EmbeddingSerdes;
import io.sentencestreams.schemas.releases.ReleaseRecord;
import io.sentencestreams.trainer.retraining.ReleaseControl;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two instances of the stream follow the releases of a retraining service, all for real. */
class ReleaseSwapTest {
  private static final int PARTITIONS = 4;
  private static final Duration PATIENCE = Duration.ofMinutes(5);
  private static final int GAP_TEXTS = 300;
  private static final String NO_RELEASE = "0".repeat(64);

  private static EmbeddedBroker broker;

  @TempDir private Path folder;

  private final HttpClient http = HttpClient.newHttpClient();
  private final List<EmbeddingRecord> embeddings = new ArrayList<>();

  /** When the broker took them. */
  private final List<Long> times = new ArrayList<>();

  private RetrainStage stage;
  private KafkaConsumer<byte[], EmbeddingRecord> reader;

  @BeforeAll
  static void startBroker() throws Exception {
    broker = EmbeddedBroker.builder().start();
    try (Admin admin = Admin.create(client())) {
      TopicCreation.create(
          admin,
          List.of(
              new NewTopic("texts", PARTITIONS, (short) 1),
              new NewTopic("embeddings", PARTITIONS, (short) 1)
                  .configs(Map.of("message.timestamp.type", "LogAppendTime")),
              new NewTopic("embeddings-dead-letters", 1, (short) 1)));
    }
  }

  @AfterAll
  static void stopBroker() {
    broker.close();
  }

  private static Map<String, Object> client() {
    return Map.of("bootstrap.servers", broker.bootstrapServers());
  }

  @BeforeEach
  void setStage() throws IOException {
    stage = new RetrainStage(broker.bootstrapServers(), "swap", folder);
    Map<String, Object> properties = new HashMap<>(client());
    properties.put("isolation.level", "read_committed");
    reader =
        new KafkaConsumer<>(
            properties, new ByteArrayDeserializer(), EmbeddingSerdes.deserializer(Map.of()));
    List<TopicPartition> partitions = new ArrayList<>();
    for (int i = 0; i < PARTITIONS; i++) {
      partitions.add(new TopicPartition("embeddings", i));
    }
    reader.assign(partitions);
    reader.seekToBeginning(partitions);
  }

  @AfterEach
  void close() {
    reader.close();
    stage.close();
  }

  @Test
  void shouldSwapUnderLoadAndBackAndLoseDoubleOrMixNothing() throws Exception {
    AtomicBoolean feeding = new AtomicBoolean(true);
    CompletableFuture<Integer> feed;
    String base = stage.base().digest();
    String release;
    try (ReleaseControl control = new ReleaseControl(stage.config(Map.of()));
        StreamService one = instance("one");
        StreamService two = instance("two")) {
      feed = CompletableFuture.supplyAsync(() -> feed(feeding));
      try (RetrainStage.Running service = stage.start(Map.of("trigger.labels", 300))) {
        awaitVersions(base);
        stage.produce(Themes.labels(300, 1));
        release = stage.awaitRuns(1).get(0).candidate();
        assertThat(service.failure()).isEmpty();
        assertThat(stage.releases()).hasSize(1);
      }
      awaitHealth(one, "version " + release.substring(0, 12));
      awaitHealth(two, "version " + release.substring(0, 12));
      awaitVersions(release);

      // A release that is not there: both go on with what they have, and say so.
      control.decide(ReleaseRecord.Action.PIN, NO_RELEASE, null);
      awaitHealth(one, "release " + NO_RELEASE + " is refused");
      awaitHealth(two, "release " + NO_RELEASE + " is refused");
      assertThat(get(one, "/health/ready").statusCode()).isEqualTo(200);
      assertThat(get(one, "/metrics").body())
          .contains("kafka_model_release_model_swaps_total")
          .contains("kafka_model_release_model_refusals_total");
      control.decide(ReleaseRecord.Action.UNPIN, null, null);
      awaitHealth(one, "version " + release.substring(0, 12) + "-fp32 runs");

      long without = longestGap(GAP_TEXTS, () -> {});
      long with =
          longestGap(
              GAP_TEXTS,
              () -> {
                control.decide(ReleaseRecord.Action.ROLLBACK, base, "a test");
                awaitHealth(one, "version " + base.substring(0, 12));
                awaitHealth(two, "version " + base.substring(0, 12));
              });
      System.out.printf(
          "longest time between two outputs: %d ms without a swap, %d ms across one%n",
          without, with);

      control.decide(ReleaseRecord.Action.ROLLBACK, release, "a test");
      awaitHealth(one, "version " + release.substring(0, 12));
      feeding.set(false);
      int sent = feed.join();
      await().atMost(PATIENCE).until(() -> read().size() >= sent);
      assertThat(read()).hasSize(sent);
    }
    // A restarted instance begins with the release.
    try (StreamService again = instance("one")) {
      assertThat(get(again, "/health").body()).contains("version " + release.substring(0, 12));
    }
    assertEachOnceAndAsItsVersionSays(base, release);
  }

  private void assertEachOnceAndAsItsVersionSays(String base, String release) {
    Set<String> ids = new HashSet<>();
    EncoderOptions options = EncoderOptions.DEFAULT.withPrecision(Precision.FP32);
    Path releases = folder.resolve("releases");
    try (SentenceEncoder before = SentenceEncoder.load(releases.resolve(base), options);
        SentenceEncoder after = SentenceEncoder.load(releases.resolve(release), options)) {
      Map<String, SentenceEncoder> encoders =
          Map.of(before.modelVersion(), before, after.modelVersion(), after);
      Map<String, Map<String, float[]>> known = new HashMap<>();
      for (EmbeddingRecord embedding : embeddings) {
        assertThat(ids.add(embedding.id())).as("once").isTrue();
        SentenceEncoder encoder = encoders.get(embedding.modelVersion());
        assertThat(encoder).as(embedding.modelVersion()).isNotNull();
        float[] expected =
            known
                .computeIfAbsent(embedding.modelVersion(), any -> new HashMap<>())
                .computeIfAbsent(embedding.text(), encoder::encode);
        for (int i = 0; i < expected.length; i++) {
          assertThat(embedding.vector()[i]).isCloseTo(expected[i], within(1e-5f));
        }
      }
    }
  }

  /** Puts texts on the topic until it is told to stop, some hundred in a second; how many. */
  private int feed(AtomicBoolean feeding) {
    int sent = 0;
    try (KafkaProducer<String, String> producer =
        new KafkaProducer<>(client(), new StringSerializer(), new StringSerializer())) {
      while (feeding.get()) {
        String text = "the cat " + (sent % 7) + " sits on mat " + (sent % 11);
        producer.send(new ProducerRecord<>("texts", "key" + sent, text)).get();
        sent++;
      }
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
    return sent;
  }

  private StreamService instance(String name) throws IOException {
    Map<String, Object> properties = new HashMap<>(client());
    properties.put("application.id", "swapped");
    properties.put("state.dir", folder.resolve(name).toString());
    properties.put("num.stream.threads", 1);
    properties.put(AppConfig.MODEL, stage.base().directory().toString());
    properties.put(AppConfig.MODEL_PRECISION, "fp32");
    properties.put(AppConfig.MODEL_DEVICES, "cpu");
    properties.put(AppConfig.OUTPUT_INCLUDE_TEXT, true);
    properties.put(AppConfig.HTTP_PORT, 0);
    properties.put(AppConfig.RELEASES_TOPIC, "swap-releases");
    properties.put(AppConfig.RELEASES_FOLDER, folder.resolve("releases").toString());
    properties.put(AppConfig.RELEASES_RETRY_MS, 500);
    AppConfig config = new AppConfig(properties);
    StreamService service = new StreamService(config);
    service.start(Encoders.loader(config, ImportProgress.SILENT));
    return service;
  }

  private List<EmbeddingRecord> read() {
    reader
        .poll(Duration.ofMillis(100))
        .forEach(
            record -> {
              embeddings.add(record.value());
              times.add(record.timestamp());
            });
    return embeddings;
  }

  /** Between two outputs of any partition, while something happens and so many follow. */
  private long longestGap(int texts, Runnable event) {
    int from = read().size();
    event.run();
    int to = read().size() + texts;
    await().atMost(PATIENCE).until(() -> read().size() >= to);
    List<Long> ordered = times.subList(from, times.size()).stream().sorted().toList();
    long longest = 0;
    for (int i = 1; i < ordered.size(); i++) {
      longest = Math.max(longest, ordered.get(i) - ordered.get(i - 1));
    }
    return longest;
  }

  /** Waits until each partition's next embedding is of a version. */
  private void awaitVersions(String digest) {
    Set<Integer> partitions = new HashSet<>();
    await()
        .atMost(PATIENCE)
        .until(
            () -> {
              int before = embeddings.size();
              List<EmbeddingRecord> all = read();
              for (EmbeddingRecord embedding : all.subList(before, all.size())) {
                if (embedding.modelVersion().startsWith(digest.substring(0, 12))) {
                  partitions.add(embedding.partition());
                }
              }
              return partitions.size() == PARTITIONS;
            });
  }

  private void awaitHealth(StreamService service, String message) {
    await().atMost(PATIENCE).until(() -> get(service, "/health").body().contains(message));
  }

  private HttpResponse<String> get(StreamService service, String path)
      throws IOException, InterruptedException {
    URI uri = URI.create("http://127.0.0.1:" + service.httpPort().orElseThrow() + path);
    return http.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
  }
}
