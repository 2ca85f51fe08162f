package io.sentencestreams.app.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sentencestreams.app.StreamService;
import io.sentencestreams.app.TopicCreation;
import io.sentencestreams.app.broker.EmbeddedBroker;
import io.sentencestreams.app.config.AppConfig;
import io.sentencestreams.app.window.PlaneEncoder;
import io.sentencestreams.app.window.WindowReader;
import io.sentencestreams.model.BatchEncoder;
import io.sentencestreams.schemas.ClusterRecord;
import io.sentencestreams.schemas.ClusterSerdes;
import io.sentencestreams.schemas.EmbeddingRecord;
import io.sentencestreams.schemas.EmbeddingSerdes;
import io.sentencestreams.schemas.releases.ReleaseRecord;
import io.sentencestreams.schemas.releases.ReleaseSerdes;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.Deserializer;

/** An application with a window on topics of its own, and instances of it with their addresses. */
public final class QueryStream {
  public static final Duration PATIENCE = Duration.ofMinutes(5);
  static final long START = 1_767_225_600_000L;
  static final long WINDOW = 10_000;
  static final double THRESHOLD = 0.9;
  static final int PARTITIONS = 4;
  static final ObjectMapper JSON = new ObjectMapper();

  private static final int INPUTS = 3;
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  private final EmbeddedBroker broker;
  private final String name;
  private final Path folder;
  private final OpenApiContract contract;
  private int sent;

  public QueryStream(EmbeddedBroker broker, String name, Path folder) throws IOException {
    this.broker = broker;
    this.name = name;
    this.folder = folder;
    try (var in = QueryApi.class.getResourceAsStream("openapi.json")) {
      contract = new OpenApiContract(new String(in.readAllBytes(), StandardCharsets.UTF_8));
    }
    try (Admin admin = Admin.create(client())) {
      TopicCreation.create(
          admin,
          List.of(
              new NewTopic(name + "-texts", INPUTS, (short) 1),
              new NewTopic(name + "-embeddings", 1, (short) 1),
              new NewTopic(name + "-letters", 1, (short) 1),
              new NewTopic(name + "-duplicates", 1, (short) 1),
              new NewTopic(name + "-clusters", 1, (short) 1)
                  .configs(Map.of("cleanup.policy", "compact"))));
    }
  }

  Map<String, Object> client() {
    return Map.of("bootstrap.servers", broker.bootstrapServers());
  }

  OpenApiContract contract() {
    return contract;
  }

  /** A port that is free now. */
  public static int freePort() {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The configuration of an instance that is reached at a port. */
  public Map<String, Object> properties(String instance, int port) {
    Map<String, Object> properties = new HashMap<>(client());
    properties.put("application.id", name);
    properties.put("state.dir", folder.resolve(name + "-" + instance).toString());
    properties.put("num.stream.threads", 2);
    properties.put("application.server", "127.0.0.1:" + port);
    properties.put(AppConfig.HTTP_PORT, port);
    properties.put(AppConfig.INPUT_TOPICS, name + "-texts");
    properties.put(AppConfig.OUTPUT_TOPIC, name + "-embeddings");
    properties.put(AppConfig.DEAD_LETTER_TOPIC, name + "-letters");
    properties.put(AppConfig.OUTPUT_INCLUDE_TEXT, true);
    properties.put(AppConfig.DUPLICATES_TOPIC, name + "-duplicates");
    properties.put(AppConfig.DUPLICATES_THRESHOLD, THRESHOLD);
    properties.put(AppConfig.WINDOW_MS, WINDOW);
    properties.put(AppConfig.WINDOW_PARTITIONS, PARTITIONS);
    properties.put(AppConfig.WINDOW_GRACE_MS, 10 * WINDOW);
    properties.put(AppConfig.WINDOW_PARTITION_MAX_RECORDS, 10_000);
    properties.put(AppConfig.QUERY_TIMEOUT_MS, 30_000);
    return properties;
  }

  /** The same with clusters that are brought up to date often, of texts that are known long. */
  public Map<String, Object> withClusters(Map<String, Object> properties) {
    properties.put(AppConfig.CLUSTERS_TOPIC, name + "-clusters");
    properties.put(AppConfig.CLUSTERS_INTERVAL_MS, 200);
    return properties;
  }

  public static StreamService start(
      Map<String, Object> properties, Supplier<? extends BatchEncoder> encoder) throws IOException {
    StreamService service = new StreamService(new AppConfig(properties));
    try {
      service.start(encoder);
      return service;
    } catch (RuntimeException e) {
      service.close();
      throw e;
    }
  }

  StreamService start(String instance, int port) throws IOException {
    return start(properties(instance, port), () -> new PlaneEncoder("v1"));
  }

  /** Sends texts, each with a key of its own. */
  public void send(List<String> texts) {
    try (KafkaProducer<byte[], byte[]> producer = producer()) {
      texts.forEach(text -> send(producer, "key" + sent, text));
    }
  }

  /** Sends one text. */
  void send(String key, String text) {
    try (KafkaProducer<byte[], byte[]> producer = producer()) {
      send(producer, key, text);
    }
  }

  private KafkaProducer<byte[], byte[]> producer() {
    return new KafkaProducer<>(client(), new ByteArraySerializer(), new ByteArraySerializer());
  }

  /** Sends what is on the window's topic once more, as a crash under at-least-once does. */
  void sendWindowAgain() {
    String topic = name + "-" + WindowReader.WINDOW_TOPIC;
    try (KafkaProducer<byte[], byte[]> producer = producer()) {
      for (int partition = 0; partition < PARTITIONS; partition++) {
        for (ConsumerRecord<byte[], byte[]> sent :
            committed(new TopicPartition(topic, partition))) {
          var unused =
              producer.send(new ProducerRecord<>(topic, partition, sent.key(), sent.value()));
        }
      }
    }
  }

  /** How many entries the window of an instance has. */
  int windowTexts(int port) throws IOException, InterruptedException {
    return HTTP.send(
            HttpRequest.newBuilder(uri(port, "/metrics")).build(),
            HttpResponse.BodyHandlers.ofString())
        .body()
        .lines()
        .filter(line -> line.startsWith("kafka_window_texts"))
        .mapToInt(line -> (int) Double.parseDouble(line.substring(line.lastIndexOf(' '))))
        .sum();
  }

  /** Creates a topic of releases; its name. */
  String createReleases() {
    try (Admin admin = Admin.create(client())) {
      TopicCreation.create(admin, List.of(new NewTopic(name + "-releases", 1, (short) 1)));
    }
    return name + "-releases";
  }

  /** Decides that a model takes over from another. */
  void release(String digest, String base) throws Exception {
    ReleaseRecord record = ReleaseRecord.release(digest, base, Map.of(), "run", 1);
    try (KafkaProducer<byte[], byte[]> producer = producer()) {
      producer
          .send(
              new ProducerRecord<>(
                  name + "-releases",
                  record.key().getBytes(StandardCharsets.UTF_8),
                  ReleaseSerdes.releaseSerializer().serialize(name + "-releases", record)))
          .get();
    }
  }

  /** One a millisecond, to the input's partitions in turn. */
  private void send(KafkaProducer<byte[], byte[]> producer, String key, String text) {
    var unused =
        producer.send(
            new ProducerRecord<>(
                name + "-texts",
                sent % INPUTS,
                START + sent,
                key.getBytes(StandardCharsets.UTF_8),
                text.getBytes(StandardCharsets.UTF_8)));
    sent++;
  }

  /** All embeddings that are committed. */
  List<EmbeddingRecord> embeddings() {
    try (Deserializer<EmbeddingRecord> deserializer = EmbeddingSerdes.deserializer(Map.of())) {
      return committed(name + "-embeddings").stream()
          .map(record -> deserializer.deserialize(record.topic(), record.value()))
          .toList();
    }
  }

  /** What the topic of clusters says of each, the latest last. */
  public List<ClusterRecord> clusters() {
    try (Deserializer<ClusterRecord> deserializer = ClusterSerdes.deserializer(Map.of())) {
      return committed(name + "-clusters").stream()
          .filter(record -> record.value() != null)
          .map(record -> deserializer.deserialize(record.topic(), record.value()))
          .toList();
    }
  }

  /** How many pairs of near-duplicates are committed. */
  int pairs() {
    return committed(name + "-duplicates").size();
  }

  private List<ConsumerRecord<byte[], byte[]>> committed(String topic) {
    return committed(new TopicPartition(topic, 0));
  }

  private List<ConsumerRecord<byte[], byte[]>> committed(TopicPartition partition) {
    Map<String, Object> properties = new HashMap<>(client());
    properties.put("isolation.level", "read_committed");
    List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      consumer.assign(List.of(partition));
      consumer.seekToBeginning(List.of(partition));
      long end = consumer.endOffsets(List.of(partition)).get(partition);
      while (consumer.position(partition) < end) {
        consumer.poll(Duration.ofMillis(50)).forEach(records::add);
      }
    }
    return records;
  }

  /** Waits until an instance finds so many texts in the window, and those of all partitions. */
  public void awaitTexts(int port, int count) {
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () -> {
              HttpResponse<String> response = post(port, "{\"text\":\"anything\",\"k\":1000}");
              assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
              assertThat(JSON.readTree(response.body()).path("neighbours")).hasSize(count);
            });
  }

  /** Asks for neighbours; the answer is as the description says. */
  HttpResponse<String> post(int port, String body) throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(uri(port, "/window/neighbours"))
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build();
    return send(request, "/window/neighbours");
  }

  HttpResponse<String> texts(int port, String rawId, String query)
      throws IOException, InterruptedException {
    return send(
        HttpRequest.newBuilder(uri(port, "/window/texts/" + rawId + query)).build(),
        "/window/texts/{id}");
  }

  HttpResponse<String> duplicates(int port, String rawId, String query)
      throws IOException, InterruptedException {
    return send(
        HttpRequest.newBuilder(uri(port, "/window/texts/" + rawId + "/duplicates" + query)).build(),
        "/window/texts/{id}/duplicates");
  }

  /** Asks for anything else. */
  HttpResponse<String> get(int port, String path, String pathTemplate)
      throws IOException, InterruptedException {
    return send(HttpRequest.newBuilder(uri(port, path)).build(), pathTemplate);
  }

  HttpResponse<String> send(HttpRequest request, String pathTemplate)
      throws IOException, InterruptedException {
    HttpResponse<String> response = HTTP.send(request, HttpResponse.BodyHandlers.ofString());
    String method = pathTemplate.equals("/window/neighbours") ? "POST" : "GET";
    contract.assertDescribed(method, pathTemplate, response);
    return response;
  }

  static URI uri(int port, String path) {
    return URI.create("http://127.0.0.1:" + port + path);
  }

  /** The status is 200, and this is the body. */
  static JsonNode ok(HttpResponse<String> response) throws IOException {
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    return JSON.readTree(response.body());
  }

  /** An error with this status and code, and this is its body. */
  static JsonNode problem(HttpResponse<String> response, int status, String code)
      throws IOException {
    assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
    assertThat(response.headers().firstValue("Content-Type"))
        .isEqualTo(Optional.of("application/problem+json"));
    JsonNode problem = JSON.readTree(response.body());
    assertThat(problem.path("code").asText()).as(response.body()).isEqualTo(code);
    assertThat(problem.path("status").asInt()).isEqualTo(status);
    return problem;
  }
}
