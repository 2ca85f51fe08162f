package io.sentencestreams.app.query;

import static io.sentencestreams.app.query.QueryStream.PATIENCE;
import static io.sentencestreams.app.query.QueryStream.freePort;
import static io.sentencestreams.app.query.QueryStream.ok;
import static io.sentencestreams.app.query.QueryStream.problem;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.sentencestreams.app.StreamService;
import io.sentencestreams.app.broker.EmbeddedBroker;
import io.sentencestreams.app.clusters.ClusteredText;
import io.sentencestreams.app.config.AppConfig;
import io.sentencestreams.app.window.PlaneEncoder;
import io.sentencestreams.schemas.ClusterRecord;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Queries of the clusters of a running stream on a real broker. */
class ClusterQueriesTest {
  private static final String CLUSTER = "/window/clusters/{id}";
  private static final String MEMBERS = "/window/clusters/{id}/members";
  private static final String OF_TEXT = "/window/texts/{id}/cluster";
  private static final int TOPICS = 4;
  private static final int TEXTS = 240;

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
  void shouldTellClustersAndTheirMembersAtEachInstanceAndSoAfterTheLossOfOneAndOfAllState()
      throws Exception {
    QueryStream stream = new QueryStream(broker, "clusters", folder);
    stream.send(texts(TEXTS));
    int port = freePort();
    int otherPort = freePort();
    Map<String, JsonNode> answers;
    try (StreamService service = start(stream, "one", port)) {
      try (StreamService other = start(stream, "two", otherPort)) {
        Map<String, ClusterRecord> clusters = awaitClusters(stream, TEXTS);
        awaitShared(otherPort);
        awaitMembers(clusters, service);
        awaitMembers(clusters, other);
        answers = answers(stream, port, clusters);
        assertThat(answers(stream, otherPort, clusters)).isEqualTo(answers);
        assertThat(clusters).hasSize(TOPICS);
        Map<String, String> clusterOf = new HashMap<>();
        for (ClusterRecord cluster : clusters.values()) {
          JsonNode members = answers.get("members " + cluster.id()).path("members");
          Set<String> topics = new TreeSet<>();
          for (JsonNode member : members) {
            topics.add(member.path("text").asText().substring(0, 6));
            clusterOf.put(member.path("id").asText(), cluster.id());
            assertThat(member.path("cluster").asText()).isEqualTo(cluster.id());
            assertThat(member.path("provisional").asBoolean()).isFalse();
            assertThat(member.path("model_version").asText()).isEqualTo("v1");
          }
          assertThat(topics).as("what is talked about in one cluster").hasSize(1);
          assertThat(members).as("those that were noise when they came too").hasSize(60);
          assertThat(cluster.size()).isEqualTo(60);
          for (StreamService each : List.of(service, other)) {
            ClusterQueries queries = each.queries().orElseThrow().clusters();
            assertThat(queries.cluster(cluster.id())).isEqualTo(cluster);
            ClusterQueries.Members some = queries.members(cluster.id(), 7, false);
            assertThat(some.more()).isTrue();
            assertThat(some.members())
                .hasSize(7)
                .extracting(ClusteredText::id)
                .containsExactlyElementsOf(
                    IntStream.range(0, 7)
                        .mapToObj(i -> members.get(i).path("id").asText())
                        .toList());
          }
        }
        assertThat(clusterOf).hasSize(TEXTS);
        clusterOf.forEach(
            (id, cluster) -> {
              JsonNode answer = answers.get("text " + id);
              assertThat(answer.path("cluster").path("id").asText()).isEqualTo(cluster);
              assertThat(answer.path("text").path("cluster").asText()).isEqualTo(cluster);
              assertThat(answer.path("earlier_texts").asBoolean()).isFalse();
            });
      }
      assertSameOnceItAnswers(stream, port, answers);
    }
    int freshPort = freePort();
    try (StreamService fresh = start(stream, "with no state", freshPort)) {
      assertThat(fresh.queries()).isPresent();
      assertSameOnceItAnswers(stream, freshPort, answers);
    }
  }

  private static StreamService start(QueryStream stream, String instance, int port)
      throws Exception {
    Map<String, Object> properties = stream.withClusters(stream.properties(instance, port));
    return QueryStream.start(properties, () -> new PlaneEncoder("v1"));
  }

  private static List<String> texts(int count) {
    return IntStream.range(0, count)
        .mapToObj(i -> "topic" + i * 7 % TOPICS + "~30~variant" + i)
        .toList();
  }

  /** The clusters by their ids, once all texts are in one. */
  private static Map<String, ClusterRecord> awaitClusters(QueryStream stream, int texts) {
    Map<String, ClusterRecord> clusters = new LinkedHashMap<>();
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () -> {
              clusters.clear();
              stream.clusters().forEach(cluster -> clusters.put(cluster.id(), cluster));
              clusters.values().removeIf(cluster -> cluster.state() != ClusterRecord.State.ACTIVE);
              assertThat(clusters.values().stream().mapToLong(ClusterRecord::size).sum())
                  .isEqualTo(texts);
            });
    return clusters;
  }

  /** Waits until each partition has the step that the clusters are of: their topic has it first. */
  private static void awaitMembers(Map<String, ClusterRecord> clusters, StreamService service) {
    ClusterQueries queries = service.queries().orElseThrow().clusters();
    await()
        .atMost(PATIENCE)
        .ignoreExceptionsInstanceOf(QueryException.class)
        .untilAsserted(
            () -> {
              for (ClusterRecord cluster : clusters.values()) {
                assertThat(queries.members(cluster.id(), 1000, false).members())
                    .hasSize((int) cluster.size())
                    .noneMatch(ClusteredText::provisional);
              }
            });
  }

  /** Waits until both instances have texts: a rebalance leads to that. */
  private static void awaitShared(int port) {
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () -> {
              String body =
                  "{\"application_id\":\"clusters\",\"partitions\":[0,1,2],\"question\":{\"id\":\"none\",\"limit\":1}}";
              HttpResponse<String> answer = PeerRequests.post(port, "clusters-of-id", body);
              assertThat(ok(answer).path("answers").size()).isBetween(1, 2);
            });
  }

  /** Everything that is asked, and what came. */
  private static Map<String, JsonNode> answers(
      QueryStream stream, int port, Map<String, ClusterRecord> clusters) throws Exception {
    Map<String, JsonNode> answers = new TreeMap<>();
    for (String id : clusters.keySet()) {
      answers.put("cluster " + id, ok(ask(stream, port, "cluster " + id)));
      JsonNode members = ok(ask(stream, port, "members " + id));
      answers.put("members " + id, members);
      assertThat(members.path("cluster")).isEqualTo(answers.get("cluster " + id));
      assertThat(members.path("more").asBoolean()).isFalse();
      for (JsonNode member : members.path("members")) {
        String text = "text " + member.path("id").asText();
        answers.put(text, ok(ask(stream, port, text)));
        assertThat(answers.get(text).path("text")).isEqualTo(member);
      }
    }
    return answers;
  }

  private static HttpResponse<String> ask(QueryStream stream, int port, String question)
      throws Exception {
    String id = question.split(" ", 2)[1];
    return switch (question.split(" ", 2)[0]) {
      case "cluster" -> stream.get(port, "/window/clusters/" + id, CLUSTER);
      case "members" -> stream.get(port, "/window/clusters/" + id + "/members?limit=1000", MEMBERS);
      default -> stream.get(port, "/window/texts/" + id + "/cluster", OF_TEXT);
    };
  }

  /** Until all partitions are taken over there is no answer, and never another one. */
  private static void assertSameOnceItAnswers(
      QueryStream stream, int port, Map<String, JsonNode> answers) {
    await()
        .atMost(PATIENCE)
        .until(
            () -> {
              for (Map.Entry<String, JsonNode> answer : answers.entrySet()) {
                HttpResponse<String> response = ask(stream, port, answer.getKey());
                if (response.statusCode() == 503) {
                  return false;
                }
                assertThat(ok(response)).as(answer.getKey()).isEqualTo(answer.getValue());
              }
              return true;
            });
  }

  @Test
  void shouldNeverMixTheVersionsOfAModel() throws Exception {
    QueryStream stream = new QueryStream(broker, "cluster-versions", folder);
    int port = freePort();
    Map<String, Object> properties = stream.withClusters(stream.properties("one", port));
    stream.send(texts(TEXTS));
    Set<String> old;
    try (StreamService service = QueryStream.start(properties, () -> new PlaneEncoder("v1"))) {
      assertThat(service.queries()).isPresent();
      old = awaitClusters(stream, TEXTS).keySet();
    }
    try (StreamService service = QueryStream.start(properties, () -> new PlaneEncoder("v2"))) {
      stream.send(texts(TEXTS)); // the same, to the same vectors
      Map<String, ClusterRecord> all = awaitClusters(stream, 2 * TEXTS);
      assertThat(all.keySet()).containsAll(old).hasSize(2 * TOPICS);
      awaitMembers(all, service);
      ClusterQueries queries = service.queries().orElseThrow().clusters();
      for (ClusterRecord cluster : all.values()) {
        String version = old.contains(cluster.id()) ? "v1" : "v2";
        assertThat(cluster.modelVersion()).isEqualTo(version);
        List<ClusteredText> members = queries.members(cluster.id(), 1000, false).members();
        assertThat(members).hasSize(60).allMatch(text -> text.modelVersion().equals(version));
        for (ClusteredText member : members) {
          ClusterQueries.OfText found = queries.ofText(member.id(), false);
          assertThat(found.text()).isEqualTo(member);
          assertThat(found.cluster()).isEqualTo(cluster);
        }
      }
    }
  }

  @Test
  void shouldSayWhatThereIsNot() throws Exception {
    QueryStream stream = new QueryStream(broker, "clusters-only", folder);
    int port = freePort();
    Map<String, Object> properties = stream.withClusters(stream.properties("one", port));
    properties.remove(AppConfig.DUPLICATES_TOPIC);
    stream.send(texts(TEXTS));
    try (StreamService service = QueryStream.start(properties, () -> new PlaneEncoder("v1"))) {
      awaitClusters(stream, TEXTS);
      problem(stream.post(port, "{\"text\":\"a\"}"), 400, "no_window");
      problem(stream.texts(port, "a", ""), 400, "no_window");
      problem(ask(stream, port, "cluster v1-99"), 404, "unknown_cluster");
      problem(ask(stream, port, "members v1-99"), 404, "unknown_cluster");
      problem(ask(stream, port, "text nobody"), 404, "unknown_id");
      problem(stream.get(port, "/window/clusters/", CLUSTER), 400, "out_of_range");
      problem(stream.get(port, "/window/clusters/a?limit=1", CLUSTER), 400, "unknown_parameter");
      problem(stream.get(port, "/window/clusters/a/members?limit=0", MEMBERS), 400, "out_of_range");
      problem(
          stream.get(port, "/window/texts/a/cluster?limit=1", OF_TEXT), 400, "unknown_parameter");
      problem(stream.get(port, "/window/texts/a/cluster?partial=1", OF_TEXT), 400, "wrong_type");
      ClusterQueries queries = service.queries().orElseThrow().clusters();
      assertThatThrownBy(() -> queries.members("v1-1", 1001, false))
          .isInstanceOf(QueryException.Invalid.class)
          .hasMessageContaining("limit is 1001");
      assertThatThrownBy(() -> queries.cluster("x".repeat(4097)))
          .isInstanceOf(QueryException.Invalid.class);
    }
    QueryStream without = new QueryStream(broker, "window-only", folder);
    int otherPort = freePort();
    try (StreamService service = without.start("one", otherPort)) {
      assertThat(service.queries()).isPresent();
      problem(ask(without, otherPort, "cluster v1-1"), 400, "no_clusters");
    }
  }

  @Test
  void shouldSayWhichPartitionsAreMissing() throws Exception {
    QueryStream stream = new QueryStream(broker, "clusters-missing", folder);
    stream.send(texts(TEXTS));
    int port = freePort();
    Map<String, Object> one = stream.withClusters(stream.properties("one", port));
    Map<String, Object> two = stream.withClusters(stream.properties("two", freePort()));
    one.remove("application.server");
    two.remove("application.server");
    try (StreamService service = QueryStream.start(one, () -> new PlaneEncoder("v1"))) {
      assertThat(service.queries()).isPresent();
      Set<String> clusters = awaitClusters(stream, TEXTS).keySet();
      String cluster = clusters.iterator().next();
      try (StreamService other = QueryStream.start(two, () -> new PlaneEncoder("v1"))) {
        assertThat(other.queries()).isPresent();
        await()
            .atMost(PATIENCE)
            .untilAsserted(
                () -> {
                  JsonNode problem =
                      problem(ask(stream, port, "text texts-0-0"), 503, "partitions_missing");
                  assertThat(stores(problem)).containsOnly("cluster-members");
                });
      }
      await()
          .atMost(PATIENCE)
          .untilAsserted(
              () ->
                  assertThat(ok(ask(stream, port, "members " + cluster)).path("members"))
                      .hasSize(60));
    }
  }

  private static Set<String> stores(JsonNode problem) {
    Set<String> stores = new TreeSet<>();
    problem.path("missing").forEach(missing -> stores.add(missing.path("store").asText()));
    return stores;
  }
}
