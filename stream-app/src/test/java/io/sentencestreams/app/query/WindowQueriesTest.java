package io.sentencestreams.app.query;

import static io.sentencestreams.app.query.QueryStream.JSON;
import static io.sentencestreams.app.query.QueryStream.PATIENCE;
import static io.sentencestreams.app.query.QueryStream.freePort;
import static io.sentencestreams.app.query.QueryStream.ok;
import static io.sentencestreams.app.query.QueryStream.problem;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.sentencestreams.app.ClusterCheck;
import io.sentencestreams.app.StreamService;
import io.sentencestreams.app.StreamsApp;
import io.sentencestreams.app.broker.EmbeddedBroker;
import io.sentencestreams.app.config.AppConfig;
import io.sentencestreams.app.window.Neighbour;
import io.sentencestreams.app.window.PlaneEncoder;
import io.sentencestreams.schemas.EmbeddingRecord;
import java.net.ServerSocket;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Queries of a running stream on a real broker, against brute force over its embeddings. */
class WindowQueriesTest {
  private static final double ROUNDING = 1e-4;
  private static final int TEXTS = 300;

  private static EmbeddedBroker broker;

  @TempDir private static Path folder;

  @BeforeAll
  static void start() {
    broker = EmbeddedBroker.start();
  }

  @AfterAll
  static void stop() {
    broker.close();
  }

  @Test
  void shouldAnswerAtEachInstanceAsBruteForceDoesAndSoAfterTheLossOfOneAndOfAllState()
      throws Exception {
    QueryStream stream = new QueryStream(broker, "instances", folder);
    stream.send(texts(TEXTS, 1));
    List<String> questions = List.of("base3", "base7~20~4", "base11~33~900", "nothing of the kind");
    int port = freePort();
    int otherPort = freePort();
    Map<String, JsonNode> answers;
    try (StreamService service = stream.start("one", port)) {
      try (StreamService other = stream.start("two", otherPort)) {
        stream.awaitTexts(port, TEXTS);
        stream.awaitTexts(otherPort, TEXTS);
        awaitShared(stream, otherPort);
        // What a query sees may not be committed yet.
        await().atMost(PATIENCE).until(() -> stream.embeddings().size() >= TEXTS);
        List<EmbeddingRecord> embeddings = stream.embeddings();
        assertThat(embeddings).hasSize(TEXTS);
        long pairs = countPairs(embeddings);
        await().atMost(PATIENCE).until(() -> stream.pairs() >= pairs); // now groups are settled
        answers = answers(stream, port, questions, embeddings);
        assertThat(answers(stream, otherPort, questions, embeddings)).isEqualTo(answers);
        for (String question : questions) {
          assertNeighbours(answers.get(question), PlaneEncoder.embedding(question), embeddings, 20);
          for (StreamService each : List.of(service, other)) {
            Neighbours neighbours =
                each.queries().orElseThrow().neighbours(NeighboursQuery.ofText(question).withK(20));
            assertThat(ids(neighbours)).isEqualTo(ids(answers.get(question)));
          }
        }
        embeddings.forEach(embedding -> assertDuplicates(answers, embedding, embeddings));
        List<JsonNode> paired =
            embeddings.stream()
                .map(embedding -> answers.get(embedding.id()))
                .filter(answer -> !answer.path("duplicates").isEmpty())
                .toList();
        assertThat(paired.stream().filter(answer -> answer.hasNonNull("group")).count())
            .as("texts with a group, but for pairs that routing misses")
            .isPositive()
            .isGreaterThan(paired.size() / 2);
      }
      assertSameOnceItAnswers(stream, port, questions, answers);
    }
    int freshPort = freePort();
    try (StreamService fresh = stream.start("with no state", freshPort)) {
      assertThat(fresh.queries()).isPresent();
      assertSameOnceItAnswers(stream, freshPort, questions, answers);
    }
  }

  /** Until all partitions are taken over there is no answer, and never another one. */
  private static void assertSameOnceItAnswers(
      QueryStream stream, int port, List<String> questions, Map<String, JsonNode> answers) {
    await()
        .atMost(PATIENCE)
        .until(
            () -> {
              for (String question : questions) {
                HttpResponse<String> response = stream.post(port, body(question));
                if (response.statusCode() == 503) {
                  return false;
                }
                assertThat(ok(response)).isEqualTo(answers.get(question));
              }
              for (String id : answers.keySet()) {
                if (!questions.contains(id)) {
                  HttpResponse<String> response = stream.duplicates(port, id, "");
                  if (response.statusCode() == 503) {
                    return false;
                  }
                  assertThat(ok(response)).isEqualTo(answers.get(id));
                }
              }
              return true;
            });
  }

  private static String body(String question) {
    return JSON.createObjectNode().put("text", question).put("k", 20).toString();
  }

  private static long countPairs(List<EmbeddingRecord> embeddings) {
    return embeddings.stream()
            .mapToLong(each -> near(each, embeddings, QueryStream.THRESHOLD + ROUNDING).size())
            .sum()
        / 2;
  }

  /** Waits until both instances own partitions: a rebalance leads to that. */
  private static void awaitShared(QueryStream stream, int port) {
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () -> {
              Set<Integer> here = new TreeSet<>();
              for (int partition = 0; partition < QueryStream.PARTITIONS; partition++) {
                if (owns(port, partition)) {
                  here.add(partition);
                }
              }
              assertThat(here).isNotEmpty().hasSizeLessThan(QueryStream.PARTITIONS);
              stream.awaitTexts(port, TEXTS);
            });
  }

  private static boolean owns(int port, int partition) throws Exception {
    String body =
        "{\"application_id\":\"instances\",\"partitions\":[%d],\"question\":{\"id\":\"none\",\"limit\":1,\"with_vectors\":false}}"
            .formatted(partition);
    JsonNode answer = JSON.readTree(PeerRequests.post(port, "texts", body).body());
    return answer.path("answers").has("" + partition);
  }

  /** Everything that is asked, and what came: neighbours, texts by id and duplicates. */
  private static Map<String, JsonNode> answers(
      QueryStream stream, int port, List<String> questions, List<EmbeddingRecord> embeddings)
      throws Exception {
    Map<String, JsonNode> answers = new HashMap<>();
    for (String question : questions) {
      answers.put(question, ok(stream.post(port, body(question))));
    }
    for (EmbeddingRecord embedding : embeddings) {
      String id = embedding.id();
      answers.put(id, ok(stream.duplicates(port, id, "")));
      JsonNode texts = ok(stream.texts(port, id, "")).path("texts");
      assertThat(texts).hasSize(1);
      assertThat(texts.get(0)).isEqualTo(answers.get(id).path("text"));
    }
    return answers;
  }

  private static void assertNeighbours(
      JsonNode answer, float[] query, List<EmbeddingRecord> embeddings, int k) {
    assertThat(answer.path("model_version").asText()).isEqualTo("v1");
    assertThat(answer.path("partial").asBoolean()).isFalse();
    List<Double> truth =
        embeddings.stream()
            .map(embedding -> PlaneEncoder.cosine(query, embedding.vector()))
            .sorted(Comparator.reverseOrder())
            .limit(k)
            .toList();
    Map<String, EmbeddingRecord> byId = byId(embeddings);
    List<String> ids = ids(answer);
    assertThat(ids).doesNotHaveDuplicates().hasSize(truth.size());
    for (int i = 0; i < truth.size(); i++) {
      JsonNode found = answer.path("neighbours").get(i);
      EmbeddingRecord embedding = byId.get(ids.get(i));
      double similarity = found.path("similarity").asDouble();
      assertThat(similarity).isCloseTo(truth.get(i), offset(ROUNDING));
      assertThat(similarity)
          .isCloseTo(PlaneEncoder.cosine(query, embedding.vector()), offset(ROUNDING));
      assertThat(found.path("text").asText()).isEqualTo(embedding.text());
      assertThat(found.path("event_time").asLong()).isEqualTo(embedding.eventTimeMillis());
      assertThat(found.path("source").path("topic").asText()).isEqualTo(embedding.topic());
      assertThat(found.path("source").path("partition").asInt()).isEqualTo(embedding.partition());
      assertThat(found.path("source").path("offset").asLong()).isEqualTo(embedding.offset());
    }
  }

  private static void assertDuplicates(
      Map<String, JsonNode> answers, EmbeddingRecord embedding, List<EmbeddingRecord> all) {
    JsonNode answer = answers.get(embedding.id());
    Set<String> found = new TreeSet<>();
    answer.path("duplicates").forEach(duplicate -> found.add(duplicate.path("id").asText()));
    assertThat(found)
        .containsAll(near(embedding, all, QueryStream.THRESHOLD + ROUNDING))
        .isSubsetOf(near(embedding, all, QueryStream.THRESHOLD - ROUNDING));
    assertThat(answer.path("more").asBoolean()).isFalse();
    if (found.isEmpty()) {
      assertThat(answer.path("group").isNull()).isTrue();
    }
    // A chain of pairs has one group, but for the few pairs that routing misses.
    for (String id : found) {
      if (!answer.path("group").isNull()) {
        assertThat(answers.get(id).path("group").asText()).isEqualTo(answer.path("group").asText());
      }
    }
  }

  private static Set<String> near(
      EmbeddingRecord embedding, List<EmbeddingRecord> all, double threshold) {
    return all.stream()
        .filter(other -> !other.id().equals(embedding.id()))
        .filter(
            other ->
                Math.abs(other.eventTimeMillis() - embedding.eventTimeMillis())
                    <= QueryStream.WINDOW)
        .filter(other -> PlaneEncoder.cosine(other.vector(), embedding.vector()) >= threshold)
        .map(EmbeddingRecord::id)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  @Test
  void shouldNeverMixTheVersionsOfAModel() throws Exception {
    QueryStream stream = new QueryStream(broker, "versions", folder);
    int port = freePort();
    Map<String, Object> properties = stream.properties("one", port);
    stream.send(texts(60, 2));
    try (StreamService service = QueryStream.start(properties, () -> new PlaneEncoder("v1"))) {
      assertThat(service.queries()).isPresent();
      stream.awaitTexts(port, 60);
    }
    try (StreamService service = QueryStream.start(properties, () -> new PlaneEncoder("v2"))) {
      stream.send(texts(40, 3)); // many of them are equal to those of before
      stream.awaitTexts(port, 40);
      await().atMost(PATIENCE).until(() -> stream.embeddings().size() >= 100);
      List<EmbeddingRecord> embeddings = stream.embeddings();
      Map<String, EmbeddingRecord> byId = byId(embeddings);
      WindowQueries queries = service.queries().orElseThrow();
      float[] vector = PlaneEncoder.embedding("base4");
      NeighboursQuery all = NeighboursQuery.ofVector(vector).withK(NeighboursQuery.MAX_K);

      for (Neighbours found :
          List.of(queries.neighbours(all), queries.neighbours(all.withModelVersion("v2")))) {
        assertThat(found.modelVersion()).isEqualTo("v2");
        assertThat(found.neighbours()).hasSize(40);
        assertThat(found.neighbours())
            .allMatch(near -> byId.get(near.text().id()).modelVersion().equals("v2"))
            .allMatch(near -> near.text().modelVersion().equals("v2"));
      }
      Neighbours old = queries.neighbours(all.withModelVersion("v1"));
      assertThat(old.modelVersion()).isEqualTo("v1");
      assertThat(old.neighbours()).hasSize(60);
      assertThat(old.neighbours())
          .allMatch(near -> byId.get(near.text().id()).modelVersion().equals("v1"));
      for (EmbeddingRecord embedding : embeddings) {
        assertThat(queries.duplicates(embedding.id(), 100, false).duplicates())
            .allMatch(near -> near.text().modelVersion().equals(embedding.modelVersion()));
      }
      assertThatThrownBy(() -> queries.neighbours(all.withModelVersion("v3")))
          .isInstanceOf(QueryException.Invalid.class)
          .hasMessageContaining("v3; there are texts of v1, v2");
      assertThatThrownBy(
              () -> queries.neighbours(NeighboursQuery.ofText("base4").withModelVersion("v1")))
          .isInstanceOf(QueryException.Invalid.class)
          .hasMessageContaining("encodes texts with model version v2");
    }
  }

  @Test
  void shouldSayWhichPartitionsAreMissingWhereAnInstanceCannotBeReachedOrHangs() throws Exception {
    QueryStream stream = new QueryStream(broker, "unreachable", folder);
    stream.send(texts(100, 4));
    int port = freePort();
    // Nobody accepts there: connections are made by the system, and no request is ever read.
    try (ServerSocket hanging = new ServerSocket(0)) {
      int gone = freePort();
      for (int address : new int[] {gone, hanging.getLocalPort()}) {
        Map<String, Object> mute = stream.properties("mute", address);
        mute.put(AppConfig.HTTP_PORT, -1);
        mute.remove("application.server");
        Map<String, Object> asking = stream.properties("asking", port);
        asking.put(AppConfig.QUERY_TIMEOUT_MS, 2000);
        try (StreamService service = QueryStream.start(asking, () -> new PlaneEncoder("v1"));
            StreamsApp other = app(mute, address)) {
          other.start();
          await()
              .atMost(PATIENCE)
              .untilAsserted(
                  () -> {
                    JsonNode problem =
                        problem(
                            stream.post(port, "{\"text\":\"base1\"}"), 503, "partitions_missing");
                    assertThat(problem.path("missing"))
                        .isNotEmpty()
                        .hasSizeLessThan(QueryStream.PARTITIONS)
                        .allSatisfy(
                            missing -> {
                              assertThat(missing.path("host").asText())
                                  .isEqualTo("127.0.0.1:" + address);
                              assertThat(missing.path("store").asText())
                                  .isEqualTo("window-vectors");
                              assertThat(missing.path("reason").asText())
                                  .isEqualTo(
                                      address == gone
                                          ? "it cannot be reached"
                                          : "it did not answer in time");
                              assertThat(problem.path("detail").asText())
                                  .contains("window-vectors-" + missing.path("partition").asInt());
                            });
                  });
          String question = "{\"text\":\"base1\",\"k\":1000,\"partial\":true}";
          // The texts may not have been read yet, and partitions may move on.
          await()
              .atMost(PATIENCE)
              .untilAsserted(
                  () -> {
                    JsonNode partial = ok(stream.post(port, question));
                    assertThat(partial.path("partial").asBoolean()).isTrue();
                    assertThat(partial.path("missing")).isNotEmpty();
                    assertThat(partial.path("neighbours").size()).isBetween(1, 99);
                    assertThat(
                            service
                                .queries()
                                .orElseThrow()
                                .neighbours(NeighboursQuery.ofText("base1").withK(1000).partial())
                                .missing())
                        .hasSameSizeAs(partial.path("missing"));
                  });
        }
      }
    }
  }

  private static StreamsApp app(Map<String, Object> properties, int port) {
    Map<String, Object> addressed = new HashMap<>(properties);
    addressed.put("application.server", "127.0.0.1:" + port);
    AppConfig config = new AppConfig(addressed);
    return new StreamsApp(config, ClusterCheck.run(config).limits(), () -> new PlaneEncoder("v1"));
  }

  @Test
  void shouldAnswerForItsOwnPartitionsOnlyWithoutAnAddressAndSaySo() throws Exception {
    QueryStream stream = new QueryStream(broker, "addressless", folder);
    stream.send(texts(100, 5));
    int port = freePort();
    int otherPort = freePort();
    Map<String, Object> one = stream.properties("one", port);
    Map<String, Object> two = stream.properties("two", otherPort);
    one.remove("application.server");
    two.remove("application.server");
    try (StreamService service = QueryStream.start(one, () -> new PlaneEncoder("v1"))) {
      assertThat(service.queries()).isPresent();
      stream.awaitTexts(port, 100); // alone it owns all
      try (StreamService other = QueryStream.start(two, () -> new PlaneEncoder("v1"))) {
        assertThat(other.queries()).isPresent();
        await()
            .atMost(PATIENCE)
            .untilAsserted(
                () -> {
                  JsonNode problem =
                      problem(stream.post(port, "{\"text\":\"base1\"}"), 503, "partitions_missing");
                  assertThat(problem.path("missing"))
                      .isNotEmpty()
                      .hasSizeLessThan(QueryStream.PARTITIONS);
                  assertThat(problem.path("detail").asText())
                      .contains("this instance has no application.server");
                });
      }
      stream.awaitTexts(port, 100);
    }
  }

  /** What is found while texts stream in is never torn: each is whole and as similar as it is. */
  @Test
  void shouldAnswerRightWhileTheWindowFillsAndExpires() throws Exception {
    QueryStream stream = new QueryStream(broker, "busy", folder);
    int port = freePort();
    Map<String, Object> properties = stream.properties("one", port);
    properties.put(AppConfig.WINDOW_MS, 300);
    properties.put(AppConfig.WINDOW_GRACE_MS, 300);
    int count = 6000;
    List<String> texts = texts(count, 6);
    CountDownLatch sent = new CountDownLatch(1);
    ExecutorService threads = Executors.newFixedThreadPool(3);
    try (StreamService service = QueryStream.start(properties, () -> new PlaneEncoder("v1"))) {
      WindowQueries queries = service.queries().orElseThrow();
      List<Future<Integer>> readers = new ArrayList<>();
      for (int reader = 0; reader < 2; reader++) {
        SplittableRandom random = new SplittableRandom(reader);
        readers.add(
            threads.submit(
                () -> {
                  int answered = 0;
                  while (sent.getCount() > 0 || answered < 50) {
                    answered += check(queries, "base" + random.nextInt(25)) ? 1 : 0;
                  }
                  return answered;
                }));
      }
      for (int from = 0; from < count; from += 200) {
        stream.send(texts.subList(from, from + 200));
      }
      await().atMost(PATIENCE).until(() -> stream.embeddings().size() == count);
      sent.countDown();
      for (Future<Integer> reader : readers) {
        assertThat(reader.get()).isGreaterThanOrEqualTo(50);
      }
    } finally {
      sent.countDown();
      threads.shutdownNow();
    }
  }

  /** Whether there was an answer, which is right then. */
  /** Whether texts were found. */
  private static boolean check(WindowQueries queries, String question) {
    float[] query = PlaneEncoder.embedding(question);
    Neighbours found;
    try {
      found = queries.neighbours(NeighboursQuery.ofVector(query).withK(50));
    } catch (QueryException.Unavailable e) { // while it starts
      return false;
    }
    assertThat(found.neighbours()).isSortedAccordingTo(Neighbour.BEST_FIRST);
    assertThat(found.neighbours())
        .extracting(near -> near.text().source().name())
        .doesNotHaveDuplicates();
    for (Neighbour near : found.neighbours()) {
      float[] vector = PlaneEncoder.embedding(near.text().text());
      assertThat((double) near.similarity())
          .isCloseTo(PlaneEncoder.cosine(query, vector), offset(ROUNDING));
    }
    return !found.neighbours().isEmpty();
  }

  /** Texts of which many are near one another. */
  private static List<String> texts(int count, int seed) {
    SplittableRandom random = new SplittableRandom(seed);
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      String base = "base" + random.nextInt(25);
      texts.add(
          random.nextInt(5) == 0
              ? base
              : base + "~" + random.nextInt(35) + "~" + random.nextInt(1000));
    }
    return texts;
  }

  private static Map<String, EmbeddingRecord> byId(List<EmbeddingRecord> embeddings) {
    return embeddings.stream().collect(Collectors.toMap(EmbeddingRecord::id, each -> each));
  }

  private static List<String> ids(JsonNode answer) {
    List<String> ids = new ArrayList<>();
    answer.path("neighbours").forEach(neighbour -> ids.add(neighbour.path("id").asText()));
    return ids;
  }

  private static List<String> ids(Neighbours neighbours) {
    return neighbours.neighbours().stream().map(near -> near.text().id()).toList();
  }
}
