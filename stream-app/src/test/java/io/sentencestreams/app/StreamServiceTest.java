package io.sentencestreams.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.sentencestreams.app.batch.LetterEncoder;
import io.sentencestreams.app.broker.EmbeddedBroker;
import io.sentencestreams.app.config.AppConfig;
import io.sentencestreams.app.release.ReleaseLoader;
import io.sentencestreams.model.BatchEncoder;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerInterceptor;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.StreamsConfig;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Health and metrics of a running stream, as a supervisor and a scraper see them. */
class StreamServiceTest {
  private static final Duration PATIENCE = Duration.ofMinutes(5);

  private static EmbeddedBroker broker;

  @TempDir private Path stateFolder;

  private final HttpClient http = HttpClient.newHttpClient();

  @BeforeAll
  static void startBroker() throws Exception {
    broker = EmbeddedBroker.start();
    try (Admin admin = Admin.create(client())) {
      TopicCreation.create(
          admin,
          List.of(
              new NewTopic("texts", 2, (short) 1),
              new NewTopic("embeddings", 2, (short) 1),
              new NewTopic("embeddings-dead-letters", 1, (short) 1)));
    }
  }

  @AfterAll
  static void stopBroker() {
    broker.close();
  }

  @Test
  void shouldTellLiveAndReadyApartWhileStartingRunningAndBroken() throws Exception {
    LetterEncoder encoder = new LetterEncoder();
    AtomicBoolean mended = new AtomicBoolean(true);
    try (StreamService service = new StreamService(config(Map.of()))) {
      int port = service.httpPort().orElseThrow();
      assertThat(get(port, "/health/live").statusCode()).isEqualTo(200);
      assertThat(get(port, "/health/ready").statusCode()).isEqualTo(503);
      assertThat(get(port, "/health").body()).contains("the model is being loaded");

      AtomicBoolean first = new AtomicBoolean(true);
      service.start(
          () -> {
            if (first.compareAndSet(true, false)) {
              return encoder;
            }
            LetterEncoder again = new LetterEncoder();
            again.broken(!mended.get());
            return again;
          });
      await().atMost(PATIENCE).until(() -> get(port, "/health/ready").statusCode() == 200);
      produce("one text");
      await().atMost(PATIENCE).until(() -> metric(port, "kafka_topology_embeddings_total") == 1);

      mended.set(false);
      encoder.broken(true);
      produce("another text");
      await().atMost(PATIENCE).until(() -> get(port, "/health/ready").statusCode() == 503);
      assertThat(get(port, "/health").body()).contains("the device is dead");
      assertThat(get(port, "/health/live").statusCode()).isEqualTo(200);
      mended.set(true);
      await().atMost(PATIENCE).until(() -> metric(port, "kafka_topology_embeddings_total") == 2);
      assertThat(get(port, "/health/ready").statusCode()).isEqualTo(200);
    }
  }

  @Test
  void shouldExportTheSplitOfATextsTimeAndWhatIsInFlightAndTheLag() throws Exception {
    try (StreamService service = new StreamService(config(Map.of()))) {
      service.start(LetterEncoder::new);
      produce("a text to be measured");
      int port = service.httpPort().orElseThrow();
      await().atMost(PATIENCE).until(() -> metric(port, "kafka_topology_embeddings_total") >= 1);
      String metrics = get(port, "/metrics").body();
      assertThat(metrics)
          .contains(
              "kafka_encoder_tokenize_time_avg",
              "kafka_encoder_queue_time_p99",
              "kafka_encoder_encode_time_max",
              "kafka_encoder_batch_texts_avg",
              "kafka_encoder_batch_tokens_avg",
              "kafka_encoder_token_total",
              "kafka_encoder_in_flight_tokens",
              "kafka_encoder_in_flight_bytes",
              "kafka_topology_in_flight_records",
              "kafka_topology_dead_letters_total",
              "kafka_consumer_fetch_manager_records_lag",
              "jvm_memory_used_bytes");
    }
  }

  @Test
  void shouldNotStartWhereATopicIsMissing() throws Exception {
    try (StreamService service =
        new StreamService(config(Map.of(AppConfig.INPUT_TOPICS, "not-there")))) {
      assertThatThrownBy(() -> service.start(LetterEncoder::new))
          .isInstanceOf(StreamStartException.class)
          .hasMessageContaining("topic not-there does not exist");
    }
  }

  /** Loads nothing. */
  private record NoReleases(AtomicBoolean closed) implements ReleaseLoader {
    @Override
    public BatchEncoder load(String version, String precision) {
      throw new AssertionError("nothing is released");
    }

    @Override
    public void keepOnly(Set<String> versions) {
      throw new AssertionError("nothing is released");
    }

    @Override
    public void close() {
      closed.set(true);
    }
  }

  @Test
  void shouldNotStartWhereTheTopicOfReleasesIsNoneAndLeaveNothingOpen() throws Exception {
    AtomicBoolean closed = new AtomicBoolean();
    ReleaseLoader loader = new NoReleases(closed);
    Map<String, Object> releases =
        Map.of(
            AppConfig.RELEASES_TOPIC,
            "texts", // of two partitions
            AppConfig.RELEASES_FOLDER,
            stateFolder.toString());
    try (StreamService service = new StreamService(config(releases))) {
      assertThatThrownBy(() -> service.start(LetterEncoder::new, Optional.of(loader)))
          .isInstanceOf(StreamStartException.class)
          .hasMessageContaining("texts has 2 partitions");
      assertThat(closed).isTrue();
    }
  }

  /** Holds the consumer of the releases up in a poll. */
  public static final class Gate implements ConsumerInterceptor<byte[], byte[]> {
    private static final CountDownLatch REACHED = new CountDownLatch(1);
    private static final CountDownLatch OPEN = new CountDownLatch(1);

    @Override
    public ConsumerRecords<byte[], byte[]> onConsume(ConsumerRecords<byte[], byte[]> records) {
      REACHED.countDown();
      try {
        OPEN.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      return records;
    }

    @Override
    public void onCommit(Map<TopicPartition, OffsetAndMetadata> offsets) {
      // nothing is committed
    }

    @Override
    public void configure(Map<String, ?> properties) {
      // nothing is configured
    }

    @Override
    public void close() {
      // nothing is open
    }
  }

  @Test
  void shouldCloseAllThatItHasWhileTheReleasesAreBeingReadAtTheStart() throws Exception {
    try (Admin admin = Admin.create(client())) {
      TopicCreation.create(admin, List.of(new NewTopic("releases", 1, (short) 1)));
    }
    try (KafkaProducer<String, String> producer =
        new KafkaProducer<>(client(), new StringSerializer(), new StringSerializer())) {
      producer.send(new ProducerRecord<>("releases", "{\"action\":\"UNPIN\"}")).get();
    }
    Map<String, Object> releases =
        Map.of(
            AppConfig.RELEASES_TOPIC,
            "releases",
            AppConfig.RELEASES_FOLDER,
            stateFolder.toString(),
            "restore.consumer.interceptor.classes",
            Gate.class.getName());
    LetterEncoder encoder = new LetterEncoder();
    AtomicBoolean loaderClosed = new AtomicBoolean();
    StreamService service = new StreamService(config(releases));
    FutureTask<ClusterCheck.Report> start =
        new FutureTask<>(
            () -> service.start(() -> encoder, Optional.of(new NoReleases(loaderClosed))));
    FutureTask<Void> close = new FutureTask<>(service::close, null);
    Thread starter = new Thread(start, "starter");
    Thread closer = new Thread(close, "closer");
    try {
      starter.start();
      Gate.REACHED.await();
      closer.start();
      await()
          .atMost(PATIENCE)
          .until(() -> closer.getState() == Thread.State.TIMED_WAITING || close.isDone());
    } finally {
      Gate.OPEN.countDown();
    }
    close.get();
    start.get();
    assertThat(loaderClosed).isTrue();
    assertThat(encoder.isClosed()).isTrue();
    assertThat(service.awaitEnd()).isEmpty();
  }

  @Test
  void shouldNotStartWithASerializerThatIsNotOnTheClassPath() throws Exception {
    AppConfig config =
        config(Map.of("output.format", "avro", "output.value.serializer", "org.none.Serializer"));
    try (StreamService service = new StreamService(config)) {
      assertThatThrownBy(() -> service.start(LetterEncoder::new))
          .isInstanceOf(ConfigException.class)
          .hasMessageContaining("output.value.serializer")
          .hasMessageContaining("org.none.Serializer");
    }
  }

  private AppConfig config(Map<String, Object> more) {
    Map<String, Object> properties = new HashMap<>(client());
    properties.put(StreamsConfig.APPLICATION_ID_CONFIG, "service" + System.nanoTime());
    properties.put(StreamsConfig.STATE_DIR_CONFIG, stateFolder.toString());
    properties.put(AppConfig.HTTP_PORT, 0);
    properties.put(AppConfig.ENCODER_RELOAD_BACKOFF_MS, 20);
    properties.putAll(more);
    return new AppConfig(properties);
  }

  private static Map<String, Object> client() {
    return Map.of("bootstrap.servers", broker.bootstrapServers());
  }

  private static void produce(String text) throws Exception {
    try (KafkaProducer<String, String> producer =
        new KafkaProducer<>(client(), new StringSerializer(), new StringSerializer())) {
      producer.send(new ProducerRecord<>("texts", text)).get();
    }
  }

  private HttpResponse<String> get(int port, String path) throws IOException, InterruptedException {
    return http.send(
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path)).build(),
        HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8));
  }

  private double metric(int port, String name) throws IOException, InterruptedException {
    Matcher matcher =
        Pattern.compile("^" + name + "(?:\\{[^}]*})? (\\S+)$", Pattern.MULTILINE)
            .matcher(get(port, "/metrics").body());
    return matcher.find() ? Double.parseDouble(matcher.group(1)) : 0;
  }
}
