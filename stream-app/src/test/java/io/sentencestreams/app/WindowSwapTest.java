package io.sentencestreams.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sentencestreams.app.broker.EmbeddedBroker;
import io.sentencestreams.app.config.AppConfig;
import io.sentencestreams.app.release.ReleaseLoader;
import io.sentencestreams.app.window.PlaneEncoder;
import io.sentencestreams.model.BatchEncoder;
import io.sentencestreams.model.TokenizedText;
import io.sentencestreams.schemas.DuplicateRecord;
import io.sentencestreams.schemas.DuplicateSerdes;
import io.sentencestreams.schemas.EmbeddingRecord;
import io.sentencestreams.schemas.EmbeddingSerdes;
import io.sentencestreams.schemas.releases.ReleaseRecord;
import io.sentencestreams.schemas.releases.ReleaseSerdes;
import java.io.IOException;
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
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.Deserializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The window of two instances follows releases, while one of them is lost with all that it has and
 * another comes: pairs against brute force over what went in.
 */
class WindowSwapTest {
  private static final double THRESHOLD = 0.9;
  private static final double UNDECIDED = 1e-3;
  private static final int INPUTS = 3;
  private static final int TEXTS = 900;
  private static final Duration PATIENCE = Duration.ofMinutes(5);

  /** A digest for each model, the first of them the stream's own. */
  private static final List<String> MODELS =
      List.of("a".repeat(64), "b".repeat(64), "c".repeat(64));

  @TempDir private Path folder;

  private EmbeddedBroker broker;
  private KafkaProducer<byte[], byte[]> producer;
  private final List<String> texts = new ArrayList<>();
  private final HttpClient http = HttpClient.newHttpClient();

  /** What a text {@code A|B|C} says to each model; tokens are the same to all. */
  private static final class Versioned extends PlaneEncoder {
    private final int model;
    private volatile boolean closed;

    Versioned(int model) {
      super(MODELS.get(model).substring(0, 12) + "-fp32");
      this.model = model;
    }

    static float[] vector(String text, int model) {
      String[] parts = text.split("\\|", -1);
      return PlaneEncoder.embedding(model + parts[model % parts.length]);
    }

    @Override
    public float[][] encodeBatch(List<TokenizedText> batch, int replica) {
      if (closed) {
        throw new IllegalStateException("model " + model + " is used after its end");
      }
      return batch.stream().map(token -> vector(text(token), model)).toArray(float[][]::new);
    }

    @Override
    public void close() {
      closed = true;
    }
  }

  private static final class Loader implements ReleaseLoader {
    @Override
    public BatchEncoder load(String version, String precision) {
      return new Versioned(MODELS.indexOf(version));
    }

    @Override
    public void keepOnly(Set<String> versions) {
      // there are no files
    }
  }

  @Test
  void shouldFindEachPairOnceAcrossReleasesAndALostInstance() throws Exception {
    try (EmbeddedBroker started = EmbeddedBroker.start();
        KafkaProducer<byte[], byte[]> sender =
            new KafkaProducer<>(
                Map.of("bootstrap.servers", started.bootstrapServers()),
                new ByteArraySerializer(),
                new ByteArraySerializer())) {
      broker = started;
      producer = sender;
      createTopics();
      try (StreamService one = instance("one")) {
        try (StreamService two = instance("two")) {
          awaitRunning(one, two);
          send(TEXTS / 3);
          decide(ReleaseRecord.Action.RELEASE, MODELS.get(1));
          send(TEXTS / 6);
        } // with its state, while the window follows, or about to
        try (StreamService three = instance("three")) {
          send(TEXTS / 6);
          awaitFollowed(MODELS.get(1), one, three);
          send(TEXTS / 6);
          decide(ReleaseRecord.Action.RELEASE, MODELS.get(2));
          awaitVersion(MODELS.get(2), one, three);
          decide(ReleaseRecord.Action.ROLLBACK, MODELS.get(1));
          send(TEXTS - texts.size());
          awaitFollowed(MODELS.get(1), one, three);
          assertPairs();
        }
      }
    }
  }

  private void createTopics() {
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()))) {
      TopicCreation.create(
          admin,
          List.of(
              new NewTopic("texts", INPUTS, (short) 1),
              new NewTopic("embeddings", 1, (short) 1),
              new NewTopic("letters", 1, (short) 1),
              new NewTopic("releases", 1, (short) 1),
              new NewTopic("duplicates", 1, (short) 1)));
    }
  }

  private StreamService instance(String name) throws IOException {
    Map<String, Object> properties = new HashMap<>();
    properties.put("bootstrap.servers", broker.bootstrapServers());
    properties.put("application.id", "following");
    properties.put("state.dir", folder.resolve(name).toString());
    properties.put("num.stream.threads", 1);
    properties.put(AppConfig.INPUT_TOPICS, "texts");
    properties.put(AppConfig.OUTPUT_TOPIC, "embeddings");
    properties.put(AppConfig.DEAD_LETTER_TOPIC, "letters");
    properties.put(AppConfig.DUPLICATES_TOPIC, "duplicates");
    properties.put(AppConfig.DUPLICATES_THRESHOLD, THRESHOLD);
    properties.put(AppConfig.DUPLICATES_MAX_PAIRS, 1000);
    properties.put(AppConfig.DUPLICATES_MAX_PAIRS_PER_SECOND, 1_000_000);
    properties.put(AppConfig.WINDOW_PARTITIONS, 3);
    // A partition waits while its tasks move, and its texts would be late.
    properties.put(AppConfig.WINDOW_GRACE_MS, 3_600_000);
    properties.put(AppConfig.WINDOW_PARTITION_MAX_RECORDS, 10_000);
    properties.put(AppConfig.RELEASES_TOPIC, "releases");
    properties.put(AppConfig.RELEASES_FOLDER, folder.resolve("releases").toString());
    properties.put(AppConfig.HTTP_PORT, 0);
    StreamService service = new StreamService(new AppConfig(properties));
    service.start(() -> new Versioned(0), Optional.of(new Loader()));
    return service;
  }

  private void awaitRunning(StreamService... services) {
    for (StreamService service : services) {
      await().atMost(PATIENCE).until(() -> get(service, "/health/ready").statusCode() == 200);
    }
  }

  private HttpResponse<String> get(StreamService service, String path)
      throws IOException, InterruptedException {
    URI uri = URI.create("http://127.0.0.1:" + service.httpPort().orElseThrow() + path);
    return http.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
  }

  private void decide(ReleaseRecord.Action action, String version) throws Exception {
    ReleaseRecord record =
        action == ReleaseRecord.Action.RELEASE
            ? ReleaseRecord.release(version, MODELS.get(0), Map.of(), "run", 1)
            : ReleaseRecord.decision(action, version, 1, null);
    producer
        .send(
            new ProducerRecord<>(
                "releases",
                record.key().getBytes(StandardCharsets.UTF_8),
                ReleaseSerdes.releaseSerializer().serialize("releases", record)))
        .get();
  }

  private void send(int count) throws Exception {
    Random random = new Random(texts.size());
    for (int i = 0; i < count; i++) {
      String text = text(random);
      producer
          .send(
              new ProducerRecord<>(
                  "texts", texts.size() % INPUTS, null, text.getBytes(StandardCharsets.UTF_8)))
          .get();
      texts.add(text);
    }
  }

  /** Near to others for some models or for all. */
  private static String text(Random random) {
    String[] parts = new String[MODELS.size()];
    String all = turned(random);
    for (int i = 0; i < parts.length; i++) {
      parts[i] = random.nextInt(3) == 0 ? turned(random) : all;
    }
    return String.join("|", parts);
  }

  private static String turned(Random random) {
    return "seed%d~%d~other%d"
        .formatted(random.nextInt(40), random.nextInt(20), random.nextInt(1000));
  }

  private void awaitVersion(String version, StreamService... services) {
    for (StreamService service : services) {
      await()
          .atMost(PATIENCE)
          .untilAsserted(() -> assertThat(get(service, "/health").body()).contains(runs(version)));
    }
  }

  private static String runs(String version) {
    return "version " + version.substring(0, 12) + "-fp32 runs";
  }

  /** Waits until no text has vectors of another version any more, and the model before is gone. */
  private void awaitFollowed(String version, StreamService... services) {
    for (StreamService service : services) {
      await()
          .atMost(PATIENCE)
          .untilAsserted(
              () -> {
                assertThat(get(service, "/health").body())
                    .contains(runs(version))
                    .doesNotContain("beside it");
                assertThat(get(service, "/metrics").body())
                    .containsPattern("kafka_window_partitions_reembedding(\\{[^}]*})? 0.0");
              });
    }
  }

  private void assertPairs() {
    List<EmbeddingRecord> embeddings = new ArrayList<>();
    List<DuplicateRecord> pairs = new ArrayList<>();
    try (KafkaConsumer<byte[], EmbeddingRecord> first =
            reader("embeddings", EmbeddingSerdes.deserializer(Map.of()));
        KafkaConsumer<byte[], DuplicateRecord> second =
            reader("duplicates", DuplicateSerdes.deserializer(Map.of()))) {
      await()
          .atMost(PATIENCE)
          .untilAsserted(
              () -> {
                readOn(first, embeddings);
                readOn(second, pairs);
                assertThat(embeddings).hasSize(TEXTS);
                check(embeddings, pairs);
              });
    }
  }

  private void check(List<EmbeddingRecord> embeddings, List<DuplicateRecord> pairs) {
    Map<String, List<float[]>> vectors = new HashMap<>();
    for (EmbeddingRecord embedding : embeddings) {
      String text = text(embedding);
      vectors.put(
          embedding.id(),
          List.of(Versioned.vector(text, 0), Versioned.vector(text, 1), Versioned.vector(text, 2)));
    }
    Map<Set<String>, Integer> found = new HashMap<>();
    for (DuplicateRecord pair : pairs) {
      found.merge(new TreeSet<>(Set.of(pair.a().id(), pair.b().id())), 1, Integer::sum);
    }
    int sure = 0;
    int acrossVersions = 0;
    int missed = 0;
    Map<String, Integer> missedOf = new TreeMap<>();
    Map<String, Integer> sureOf = new TreeMap<>();
    List<String> wrong = new ArrayList<>();
    for (int i = 0; i < TEXTS; i++) {
      for (int j = 0; j < i; j++) {
        EmbeddingRecord a = embeddings.get(i);
        EmbeddingRecord b = embeddings.get(j);
        int times = found.getOrDefault(new TreeSet<>(Set.of(a.id(), b.id())), 0);
        List<Double> cosines = cosines(vectors.get(a.id()), vectors.get(b.id()));
        if (times > (cosines.stream().anyMatch(c -> c > THRESHOLD - UNDECIDED) ? 1 : 0)) {
          wrong.add(times + " times: " + text(a) + " and " + text(b));
        }
        if (cosines.stream().allMatch(c -> c > THRESHOLD + UNDECIDED)) {
          sure++;
          acrossVersions += a.modelVersion().equals(b.modelVersion()) ? 0 : 1;
          missed += times == 0 ? 1 : 0;
          String of = a.modelVersion().charAt(0) + "-" + b.modelVersion().charAt(0);
          sureOf.merge(of, 1, Integer::sum);
          missedOf.merge(of, times == 0 ? 1 : 0, Integer::sum);
        }
      }
    }
    assertThat(wrong).isEmpty();
    assertThat(acrossVersions).isGreaterThan(50);
    // Routing brings 998 of a thousand together; these vectors are random, and few.
    assertThat(missed).as("missed: %s of %s", missedOf, sureOf).isLessThanOrEqualTo(sure / 100);
  }

  private String text(EmbeddingRecord embedding) {
    return texts.get(embedding.partition() + INPUTS * (int) embedding.offset());
  }

  private static List<Double> cosines(List<float[]> a, List<float[]> b) {
    List<Double> cosines = new ArrayList<>();
    for (int model = 0; model < a.size(); model++) {
      cosines.add(PlaneEncoder.cosine(a.get(model), b.get(model)));
    }
    return cosines;
  }

  /** To what is the end now. */
  private static <T> void readOn(KafkaConsumer<byte[], T> consumer, List<T> values) {
    Map<TopicPartition, Long> ends = consumer.endOffsets(consumer.assignment());
    while (ends.entrySet().stream()
        .anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
      consumer.poll(Duration.ofMillis(100)).forEach(record -> values.add(record.value()));
    }
  }

  private <T> KafkaConsumer<byte[], T> reader(String topic, Deserializer<T> deserializer) {
    KafkaConsumer<byte[], T> consumer =
        new KafkaConsumer<>(
            Map.of(
                "bootstrap.servers",
                broker.bootstrapServers(),
                "isolation.level",
                "read_committed"),
            new ByteArrayDeserializer(),
            deserializer);
    TopicPartition partition = new TopicPartition(topic, 0);
    consumer.assign(List.of(partition));
    consumer.seekToBeginning(List.of(partition));
    return consumer;
  }
}
