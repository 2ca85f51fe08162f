package io.sentencestreams.tests.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sentencestreams.schemas.EmbeddingRecord;
import io.sentencestreams.schemas.EmbeddingSerdes;
import io.sentencestreams.schemas.labels.Label;
import io.sentencestreams.schemas.labels.LabelKind;
import io.sentencestreams.schemas.labels.LabelSerdes;
import io.sentencestreams.schemas.releases.ReleaseSerdes;
import io.sentencestreams.schemas.releases.TrainingRunRecord;
import io.sentencestreams.tests.Topics;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.Serializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The services of docker-compose.yml and its configuration files, as processes: stack up. */
class LocalStackTest {
  private static final Path ROOT = Path.of(System.getProperty("sentencestreams.root"));
  private static final Path DASHBOARD =
      ROOT.resolve("stream-app/src/main/docker/grafana/sentence-streams.json");

  /** More than the stack itself has with one service that does not come up. */
  private static final Duration PATIENCE = Duration.ofMinutes(10);

  private static final int TEXTS = 200;
  private static final int LABELS = 50;
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  @TempDir private static Path folder;
  private static Process up;
  private static final Map<String, JsonNode> services = new TreeMap<>();

  @BeforeAll
  static void startStack() throws IOException {
    up =
        start(
            "up",
            "--file",
            ROOT.resolve("docker-compose.yml").toString(),
            "--free-ports",
            // One that loads at once.
            "--set",
            "model=" + ROOT.resolve("model/src/test/resources/golden/mean"),
            "--set",
            "labels.pairs.format=avro",
            "--set",
            "trigger.labels=" + LABELS);
    await()
        .atMost(PATIENCE)
        .until(
            () -> {
              assertThat(up.isAlive()).as(() -> log("up")).isTrue();
              return log("up").contains("all run; Ctrl-C stops them");
            });
    new ObjectMapper()
        .readTree(folder.resolve("stack.json").toFile())
        .path("services")
        .forEach(service -> services.put(service.path("name").asText(), service));
  }

  /** So that no process is left where a test has failed. */
  @AfterAll
  static void stopStack() throws InterruptedException {
    up.destroy();
    if (!up.waitFor(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
      up.descendants().forEach(ProcessHandle::destroyForcibly);
      up.destroyForcibly();
    }
  }

  private static Process start(String command, String... options) throws IOException {
    List<String> line = new ArrayList<>();
    line.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    line.addAll(List.of("-cp", System.getProperty("java.class.path")));
    line.addAll(List.of("io.sentencestreams.app.cli.Main", "stack", command));
    line.addAll(List.of("--data", folder.toString()));
    line.addAll(List.of(options));
    ProcessBuilder builder = new ProcessBuilder(line);
    // The fast compiler alone: these processes live for seconds.
    builder.environment().put("SENTENCE_STREAMS_OPTS", "-XX:TieredStopAtLevel=1");
    builder
        .redirectErrorStream(true)
        .redirectOutput(folder.resolve("stack-" + command + ".log").toFile());
    return builder.start();
  }

  private static String log(String command) {
    try {
      return Files.readString(folder.resolve("stack-" + command + ".log"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void shouldRunAllAndStopCleanly() throws Exception {
    assertThat(services.keySet())
        .containsExactly("broker", "registry", "retrain", "stream-app-1", "stream-app-2", "topics");
    assertAllAreSaidToBeHealthy();
    for (String leftOut : List.of("prometheus", "grafana")) {
      assertThat(log("up")).contains(leftOut + " is left out");
    }
    try (Topics topics = new Topics(services.get("broker").path("broker").asText())) {
      assertEmbeddingsComeOutOfBothInstances(topics);
      assertLabelsSetARunOff(topics);
    }
    assertDashboardReadsWhatThereIs();
    Process down = start("down");
    assertThat(down.waitFor(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)).isTrue();
    assertThat(down.exitValue()).as(() -> log("down")).isZero();
    assertThat(up.waitFor(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)).isTrue();
    services.forEach(
        (name, service) -> {
          assertThat(ProcessHandle.of(service.path("pid").asLong()).filter(ProcessHandle::isAlive))
              .as(name)
              .isEmpty();
          if (!name.equals("topics")) {
            assertThat(log("up")).contains("stopped " + name);
          }
        });
    assertThat(folder.resolve("stack.json")).doesNotExist();
  }

  /** The group may still hand tasks over to the second instance; nobody is ready meanwhile. */
  private static void assertAllAreSaidToBeHealthy() {
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () -> {
              Process status = start("status");
              assertThat(status.waitFor(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)).isTrue();
              assertThat(status.exitValue()).as(() -> log("status")).isZero();
              for (String healthy :
                  List.of("broker", "registry", "retrain", "stream-app-1", "stream-app-2")) {
                assertThat(log("status")).containsPattern("(?m)^%s +healthy ".formatted(healthy));
              }
            });
  }

  private static void assertEmbeddingsComeOutOfBothInstances(Topics topics) throws Exception {
    // Each text twice, which makes pairs, and one that is none.
    topics.produce("texts", TEXTS, i -> "key" + i, i -> "the red cat sits on mat " + i / 2);
    topics.produce("texts", 1, i -> "empty", i -> " ");
    Topics.Reader<EmbeddingRecord> embeddings =
        topics.reader("embeddings", EmbeddingSerdes.deserializer(avro()));
    await().atMost(PATIENCE).until(() -> embeddings.poll().size() >= TEXTS);
    Topics.Reader<byte[]> letters = topics.reader("dead-letters", new ByteArrayDeserializer());
    await().atMost(PATIENCE).until(() -> letters.poll().size() == 1);
    Topics.Reader<byte[]> pairs = topics.reader("duplicates", new ByteArrayDeserializer());
    await().atMost(PATIENCE).until(() -> pairs.poll().size() >= TEXTS / 2);
    assertThat(embeddings.pollToEnd().stream().map(record -> record.value().id()))
        .hasSize(TEXTS)
        .doesNotHaveDuplicates();
    for (String instance : List.of("stream-app-1", "stream-app-2")) {
      assertThat(metrics(instance)).containsPattern("kafka_topology_embeddings_total [1-9]");
      assertThat(metrics(instance)).contains("kafka_model_info{version=\"");
    }
  }

  private static void assertLabelsSetARunOff(Topics topics) throws Exception {
    // What the service creates, and reads from its beginning.
    awaitTopic("label-examples");
    List<byte[]> pairs = new ArrayList<>();
    List<byte[]> examples = new ArrayList<>();
    try (Serializer<Label> pair = LabelSerdes.serializer(LabelKind.SCORED_PAIRS, "avro", avro());
        Serializer<Label> example = LabelSerdes.serializer(LabelKind.POSITIVES, "avro", avro())) {
      byte[] first = pair.serialize("labels", new Label.ScoredPair("cat", "dog", 0.5));
      byte[] ofAnotherMagic = first.clone();
      ofAnotherMagic[0] = 7;
      pairs.add(ofAnotherMagic);
      pairs.add(ByteBuffer.wrap(first.clone()).putInt(1, 1_000_000).array()); // a schema of none
      pairs.add("{\"text1\": \"cat\"}".getBytes(StandardCharsets.UTF_8));
      pairs.add(example.serialize("labels", new Label.PositiveExample("cat", "mat", null)));
      for (int i = 0; i < LABELS / 2; i++) {
        pairs.add(pair.serialize("labels", new Label.ScoredPair("cat " + i, "mat", i % 10 / 10.0)));
        examples.add(
            example.serialize(
                "label-examples", new Label.PositiveExample("cat " + i, "a cat " + i, "mat " + i)));
      }
    }
    topics.produce("labels", pairs);
    topics.produce("label-examples", examples);
    awaitTopic("training-runs");
    Topics.Reader<TrainingRunRecord> runs =
        topics.reader("training-runs", ReleaseSerdes.runDeserializer());
    await().atMost(PATIENCE).until(() -> runs.poll().size() == 1);
    TrainingRunRecord run = runs.records().get(0).value();
    assertThat(run.outcome()).as(run.toString()).isNotEqualTo(TrainingRunRecord.Outcome.FAILED);
    List<TrainingRunRecord.Task> tasks = run.tasks();
    assertThat(tasks).extracting(TrainingRunRecord.Task::newLabels).containsOnly(LABELS / 2);
    assertThat(tasks)
        .extracting(TrainingRunRecord.Task::invalid)
        .containsExactly(Map.of("UNREADABLE", 3L, "MISSING_FIELD", 1L), Map.of());
  }

  private static void awaitTopic(String topic) {
    Map<String, Object> client =
        Map.of("bootstrap.servers", services.get("broker").path("broker").asText());
    try (Admin admin = Admin.create(client)) {
      // The service makes it, and its start may take longer than the embeddings.
      await().atMost(PATIENCE).until(() -> admin.listTopics().names().get().contains(topic));
    }
  }

  private static Map<String, String> avro() {
    return Map.of(
        "output.format",
        "avro",
        "schema.registry.url",
        services.get("registry").path("health").asText().replace("/health/ready", "")
            + "/apis/registry/v3");
  }

  private static void assertDashboardReadsWhatThereIs() throws Exception {
    List<String> expressions = Dashboard.expressions(DASHBOARD);
    assertThat(expressions).hasSizeGreaterThan(20);
    // A run is counted when its record is written, so a reader of the topic may come first.
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () -> {
              Set<String> there = new TreeSet<>();
              for (String instance : List.of("stream-app-1", "stream-app-2", "retrain")) {
                there.addAll(Dashboard.scraped(metrics(instance)));
              }
              for (String expression : expressions) {
                assertThat(Dashboard.metrics(expression)).as(expression).isNotEmpty();
                assertThat(there).as(expression).containsAll(Dashboard.metrics(expression));
              }
            });
  }

  private static String metrics(String instance) throws IOException, InterruptedException {
    String health = services.get(instance).path("health").asText();
    URI address = URI.create(health.replace("/health/ready", "/metrics"));
    return HTTP.send(HttpRequest.newBuilder(address).build(), BodyHandlers.ofString()).body();
  }

  @Test
  void shouldTellMetricsFromTheRestOfAnExpression() {
    assertThat(
            Dashboard.metrics(
                "sum by (reason, topic) (rate(a_total{reason=~\"x|y\"}[5m])) / clamp_min(b:c, 1)"
                    + " and on (instance) d offset 5m"))
        .containsExactly("a_total", "b:c", "d");
    assertThat(Dashboard.scraped("# TYPE a gauge\na{x=\"y z\"} 1.0\nb 2\n"))
        .containsExactly("a", "b");
  }
}
