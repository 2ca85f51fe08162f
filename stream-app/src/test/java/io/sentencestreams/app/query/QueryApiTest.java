package io.sentencestreams.app.query;

import static io.sentencestreams.app.query.QueryStream.PATIENCE;
import static io.sentencestreams.app.query.QueryStream.freePort;
import static io.sentencestreams.app.query.QueryStream.ok;
import static io.sentencestreams.app.query.QueryStream.problem;
import static io.sentencestreams.app.query.QueryStream.uri;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.sentencestreams.app.StreamService;
import io.sentencestreams.app.batch.LetterEncoder;
import io.sentencestreams.app.broker.EmbeddedBroker;
import io.sentencestreams.app.config.AppConfig;
import io.sentencestreams.app.window.PlaneEncoder;
import io.swagger.v3.oas.models.OpenAPI;
import io.swagger.v3.parser.OpenAPIV3Parser;
import io.swagger.v3.parser.core.models.SwaggerParseResult;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The HTTP API of one instance, against its description and against bad input. */
class QueryApiTest {
  private static final HttpClient HTTP = HttpClient.newHttpClient();
  private static final String SLASHED = "a/b+c d%é?&";
  private static final int MAX_CONCURRENT = 2;

  private static EmbeddedBroker broker;
  private static QueryStream stream;
  private static StreamService service;
  private static LetterEncoder encoder;
  private static int port;

  @TempDir private static Path folder;

  @BeforeAll
  static void start() throws Exception {
    broker = EmbeddedBroker.start();
    stream = new QueryStream(broker, "api", folder);
    port = freePort();
    encoder = new LetterEncoder();
    encoder.poison("poison");
    Map<String, Object> properties = stream.properties("one", port);
    properties.put("id.source", "key");
    properties.put("num.stream.threads", 1); // one that joins later would take partitions away
    properties.put(AppConfig.QUERY_MAX_CONCURRENT, MAX_CONCURRENT);
    properties.put(AppConfig.ENCODER_CACHE_BYTES, 0);
    service = QueryStream.start(properties, () -> encoder);
    stream.send(List.of("cat", "a dog and a cat", "zebra", "cats"));
    stream.send(SLASHED, "an id with marks");
    for (int i = 0; i < 5; i++) {
      stream.send("again", "cat");
    }
    stream.awaitTexts(port, 10);
  }

  @AfterAll
  static void stop() {
    service.close();
    broker.close();
  }

  @Test
  void shouldDescribeItselfSoThatAnIndependentParserUnderstands() throws Exception {
    HttpResponse<String> document = get("/openapi.json");
    assertThat(document.statusCode()).isEqualTo(200);
    assertThat(document.headers().firstValue("Content-Type"))
        .isEqualTo(Optional.of("application/json"));
    SwaggerParseResult parsed = new OpenAPIV3Parser().readContents(document.body(), null, null);
    assertThat(parsed.getMessages()).isEmpty();
    OpenAPI api = parsed.getOpenAPI();
    assertThat(api.getPaths().keySet())
        .containsExactlyInAnyOrder(
            "/window/neighbours",
            "/window/texts/{id}",
            "/window/texts/{id}/duplicates",
            "/window/texts/{id}/cluster",
            "/window/clusters/{id}",
            "/window/clusters/{id}/members",
            "/openapi.json");
    assertThat(api.getPaths().get("/window/neighbours").getPost().getOperationId())
        .isEqualTo("neighbours");
  }

  @Test
  void shouldFindTheNearestAndTextsByIdAndTheirDuplicates() throws Exception {
    String body = "{\"text\":\"cat\",\"k\":6,\"min_similarity\":0.99}";
    assertThat(stream.contract().errorsOfRequest(body)).isEmpty();
    JsonNode nearest = ok(stream.post(port, body));
    assertThat(nearest.path("neighbours"))
        .hasSize(6)
        .allMatch(text -> text.path("text").asText().equals("cat"))
        .allMatch(text -> text.path("similarity").asDouble() == 1);
    assertThat(nearest.path("model_version").asText()).isEqualTo("letters-1");

    JsonNode again = ok(stream.texts(port, "again", "?limit=2"));
    assertThat(again.path("texts")).hasSize(2);
    assertThat(again.path("more").asBoolean()).isTrue();
    assertThat(again.path("texts").get(0).path("event_time").asLong())
        .isGreaterThan(again.path("texts").get(1).path("event_time").asLong());
    JsonNode all = ok(stream.texts(port, "again", "?limit=5&partial=true"));
    assertThat(all.path("texts")).hasSize(5);
    assertThat(all.path("more").asBoolean()).isFalse();
    assertThat(all.path("partial").asBoolean()).isFalse();

    JsonNode duplicates = ok(stream.duplicates(port, "again", ""));
    assertThat(duplicates.path("text")).isEqualTo(again.path("texts").get(0));
    assertThat(duplicates.path("earlier_texts").asBoolean()).isTrue();
    assertThat(duplicates.path("duplicates").size()).isGreaterThanOrEqualTo(5);
    assertThat(ok(stream.duplicates(port, "again", "?limit=2")).path("more").asBoolean()).isTrue();

    String escaped = URLEncoder.encode(SLASHED, StandardCharsets.UTF_8).replace("+", "%20");
    JsonNode marks = ok(stream.texts(port, escaped, ""));
    assertThat(marks.path("id").asText()).isEqualTo(SLASHED);
    assertThat(marks.path("texts").get(0).path("text").asText()).isEqualTo("an id with marks");
    assertThat(ok(stream.duplicates(port, escaped, "")).path("text"))
        .isEqualTo(marks.path("texts").get(0));
  }

  @Test
  void shouldNameTheGroupThatTheTopicOfDuplicatesNames() {
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () -> {
              JsonNode duplicates = ok(stream.duplicates(port, "again", ""));
              assertThat(duplicates.path("group").asText())
                  .isEqualTo(ok(stream.duplicates(port, "key0", "")).path("group").asText())
                  .matches("api-texts-\\d-\\d+");
            });
  }

  private record Bad(String body, String code, String says) {}

  static List<Bad> badBodies() {
    String ofRange = "out_of_range";
    return List.of(
        new Bad("", "malformed_json", "must be a JSON object"),
        new Bad("{", "malformed_json", "line 1"),
        new Bad("[1]", "malformed_json", "must be a JSON object"),
        new Bad("{\"text\":\"a\"} x", "malformed_json", "not JSON"),
        new Bad("{\"text\":\"a\",\"text\":\"b\"}", "malformed_json", "Duplicate field"),
        new Bad("[".repeat(5000), "malformed_json", "depth"),
        new Bad("{\"txt\":\"a\"}", "unknown_field", "no field txt; there are k, min_similarity"),
        new Bad("{\"text\":5}", "wrong_type", "text must be a string"),
        new Bad("{\"text\":\"a\",\"k\":\"5\"}", "wrong_type", "k must be an integer"),
        new Bad("{\"text\":\"a\",\"k\":1.5}", "wrong_type", "k must be an integer"),
        new Bad("{\"text\":\"a\",\"k\":0}", ofRange, "k is 0, and must be from 1 to 1000"),
        new Bad("{\"text\":\"a\",\"k\":1001}", ofRange, "k is 1001"),
        new Bad("{\"text\":\"a\",\"k\":99999999999}", ofRange, "k is 99999999999"),
        new Bad("{\"text\":\"a\",\"min_similarity\":1.5}", ofRange, "min_similarity is 1.5"),
        new Bad("{\"text\":\"a\",\"min_similarity\":[]}", "wrong_type", "must be a number"),
        new Bad("{\"text\":\"a\",\"partial\":1}", "wrong_type", "partial must be true or false"),
        new Bad("{\"text\":\"a\",\"vector\":[1]}", "text_or_vector", "not both"),
        new Bad("{}", "text_or_vector", "give a text or a vector"),
        new Bad("{\"text\":\" \\n\"}", "empty_text", "white space"),
        new Bad("{\"text\":\"" + "x".repeat(32_769) + "\"}", "text_too_long", "32,769"),
        new Bad("{\"text\":\"poison\"}", "text_cannot_be_encoded", "refused its input"),
        new Bad("{\"vector\":[]}", "wrong_dimension", "0 components"),
        new Bad("{\"vector\":[1,2,3]}", "wrong_dimension", "3 dimensions"),
        new Bad("{\"vector\":[\"a\"]}", "wrong_type", "vector[0] must be a number"),
        new Bad("{\"vector\":7}", "wrong_type", "an array of numbers"),
        new Bad(vector("0"), "not_comparable", "zeros"),
        new Bad(vector("1e39"), "not_comparable", "not finite"),
        new Bad(
            vector("1").replace("}", ",\"model_version\":\"none\"}"),
            "unknown_model_version",
            "there are texts of letters-1"),
        new Bad(
            "{\"text\":\"a\",\"model_version\":\"none\"}",
            "unknown_model_version",
            "encodes texts with model version letters-1"));
  }

  private static String vector(String component) {
    return "{\"vector\":["
        + String.join(",", Collections.nCopies(LetterEncoder.embedding("a").length, component))
        + "]}";
  }

  @ParameterizedTest
  @MethodSource("badBodies")
  void shouldRefuseWhatIsNoQueryAndSayWhy(Bad bad) throws Exception {
    JsonNode problem = problem(stream.post(port, bad.body()), 400, bad.code());
    assertThat(problem.path("detail").asText()).contains(bad.says());
  }

  @Test
  void shouldRefuseBytesThatAreNoTextAndBodiesThatAreTooLargeOrNotJson() throws Exception {
    byte[] broken = {'{', '"', 't', 'e', 'x', 't', '"', ':', '"', (byte) 0xff, '"', '}'};
    problem(send(post(broken, "application/json")), 400, "malformed_json");
    byte[] large = new byte[JsonExchange.MAX_BODY_BYTES + 1];
    problem(send(post(large, "application/json; charset=utf-8")), 413, "body_too_large");
    problem(send(post(new byte[4 << 20], "application/json")), 413, "body_too_large");
    problem(send(post("{}".getBytes(StandardCharsets.UTF_8), "text/plain")), 415, "not_json");
  }

  @Test
  void shouldRefuseOtherMethodsAndPaths() throws Exception {
    HttpResponse<String> got =
        HTTP.send(
            HttpRequest.newBuilder(uri(port, "/window/neighbours")).build(),
            HttpResponse.BodyHandlers.ofString());
    problem(got, 405, "method_not_allowed");
    assertThat(got.headers().firstValue("Allow")).isEqualTo(Optional.of("POST"));
    HttpResponse<String> deleted =
        HTTP.send(
            HttpRequest.newBuilder(uri(port, "/window/texts/key0")).DELETE().build(),
            HttpResponse.BodyHandlers.ofString());
    problem(deleted, 405, "method_not_allowed");
    problem(get("/window/other"), 404, "unknown_path");
    assertThat(get("/other").body()).contains("/health", "/metrics", "/openapi.json", "/window/");
  }

  @Test
  void shouldRefuseUnknownIdsAndParameters() throws Exception {
    JsonNode unknown = problem(stream.texts(port, "nobody", ""), 404, "unknown_id");
    assertThat(unknown.path("detail").asText()).contains("the id nobody");
    problem(stream.duplicates(port, "nobody", ""), 404, "unknown_id");
    problem(stream.texts(port, "%ff", ""), 404, "unknown_id");
    problem(stream.texts(port, "", ""), 400, "out_of_range");
    problem(stream.texts(port, "x".repeat(4097), ""), 400, "out_of_range");
    problem(stream.texts(port, "key0", "?limit=0"), 400, "out_of_range");
    problem(stream.texts(port, "key0", "?limit=1001"), 400, "out_of_range");
    problem(stream.duplicates(port, "key0", "?limit=0"), 400, "out_of_range");
    problem(stream.texts(port, "key0", "?limit=some"), 400, "wrong_type");
    problem(stream.texts(port, "key0", "?partial=maybe"), 400, "wrong_type");
    problem(stream.texts(port, "key0", "?limt=1"), 400, "unknown_parameter");
    problem(stream.texts(port, "key0", "?limit=1&limit=2"), 400, "unknown_parameter");
  }

  @Test
  void shouldRefuseAnAnswerOfMoreThanEightMillionCharacters() throws Exception {
    QueryStream longs = new QueryStream(broker, "long", folder);
    int otherPort = freePort();
    Map<String, Object> properties = longs.properties("one", otherPort);
    properties.put("id.source", "key");
    int chars = 32_768;
    int count = 8_000_000 / chars + 10;
    try (StreamService started = QueryStream.start(properties, () -> new PlaneEncoder("v1"))) {
      assertThat(started.queries()).isPresent();
      String beginning = "all alike~0~"; // and so all are in one partition
      String text = beginning + "x".repeat(chars - beginning.length());
      for (int i = 0; i < count; i++) {
        longs.send("long", text);
      }
      String all = "{\"text\":\"all alike\",\"k\":1000}";
      await()
          .atMost(PATIENCE)
          .untilAsserted(
              () ->
                  assertThat(
                          problem(longs.post(otherPort, all), 400, "answer_too_large")
                              .path("detail")
                              .asText())
                      .contains("more than 8,000,000 characters: ask for fewer"));
      problem(longs.texts(otherPort, "long", "?limit=1000"), 400, "answer_too_large");
      problem(longs.duplicates(otherPort, "long", "?limit=1000"), 400, "answer_too_large");
      // As many as there may be.
      int most = 8_000_000 / chars;
      String fewer = "{\"text\":\"all alike\",\"k\":" + most + "}";
      assertThat(ok(longs.post(otherPort, fewer)).path("neighbours")).hasSize(most);
      assertThat(ok(longs.texts(otherPort, "long", "?limit=" + most)).path("texts")).hasSize(most);
    }
  }

  @Test
  void shouldRefuseMoreQueriesThanAllowedAtOnceAndAnswerForHealthMeanwhile() throws Exception {
    encoder.hold();
    List<CompletableFuture<HttpResponse<String>>> held = new ArrayList<>();
    try {
      for (int i = 0; i < MAX_CONCURRENT; i++) {
        HttpRequest request =
            post(
                ("{\"text\":\"held " + i + "\"}").getBytes(StandardCharsets.UTF_8),
                "application/json");
        held.add(HTTP.sendAsync(request, HttpResponse.BodyHandlers.ofString()));
      }
      // Before any other question is asked, which might take the place of one of them.
      int tokens = MAX_CONCURRENT * "held 0".length();
      await()
          .atMost(PATIENCE)
          .until(
              () ->
                  get("/metrics")
                      .body()
                      .lines()
                      .anyMatch(
                          line ->
                              line.startsWith("kafka_encoder_in_flight_tokens")
                                  && line.endsWith(" " + tokens + ".0")));
      HttpResponse<String> refused = stream.texts(port, "key0", "");
      JsonNode problem = problem(refused, 429, "too_many_queries");
      assertThat(problem.path("detail").asText()).contains("query.max.concurrent");
      assertThat(refused.headers().firstValue("Retry-After")).isPresent();
      assertThat(get("/health/live").statusCode()).isEqualTo(200);
    } finally {
      encoder.letThrough(1_000_000);
    }
    for (CompletableFuture<HttpResponse<String>> answer : held) {
      assertThat(ok(answer.get()).path("neighbours")).hasSize(10);
    }
    ok(stream.texts(port, "key0", ""));
  }

  @Test
  void shouldAnswerForHealthWhileRequestsComeInSlowly() throws Exception {
    List<Socket> slow = new ArrayList<>();
    try {
      await()
          .atMost(PATIENCE)
          .untilAsserted(
              () -> {
                // Again where our own question took the place of one, which was refused.
                for (int i = 0; i < MAX_CONCURRENT; i++) {
                  slow.add(beginRequest());
                }
                problem(stream.texts(port, "key0", ""), 429, "too_many_queries");
              });
      assertThat(get("/health/live").statusCode()).isEqualTo(200);
    } finally {
      for (Socket socket : slow) {
        socket.close();
      }
    }
    await().atMost(PATIENCE).untilAsserted(() -> ok(stream.texts(port, "key0", "")));
  }

  private static Socket beginRequest() throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket
        .getOutputStream()
        .write(
            "POST /window/neighbours HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"
                .getBytes(StandardCharsets.US_ASCII));
    return socket;
  }

  @Test
  void shouldSayThatTheEncoderHasNoTimeOrThatNothingHasStarted() throws Exception {
    QueryStream other = new QueryStream(broker, "slow", folder);
    int otherPort = freePort();
    LetterEncoder held = new LetterEncoder();
    Map<String, Object> properties = other.properties("one", otherPort);
    properties.put(AppConfig.QUERY_TIMEOUT_MS, 300);
    try (StreamService starting = new StreamService(new AppConfig(properties))) {
      assertThat(starting.queries()).isEmpty();
      problem(other.post(otherPort, "{\"text\":\"a\"}"), 503, "not_started");
      problem(PeerRequests.post(otherPort, "nearest", "{}"), 503, "not_started");
      starting.start(() -> held);
      held.hold();
      try {
        await()
            .atMost(PATIENCE)
            .untilAsserted(
                () -> problem(other.post(otherPort, "{\"text\":\"a\"}"), 503, "encoder_busy"));
      } finally {
        held.letThrough(1_000_000);
      }
    }
  }

  @Test
  void shouldRefuseQuestionsOfOtherApplicationsAndPrograms() throws Exception {
    JsonNode other =
        problem(
            PeerRequests.post(
                port,
                "texts",
                "{\"application_id\":\"other\",\"partitions\":[0],\"question\":{\"id\":\"a\",\"limit\":1,\"with_vectors\":false}}"),
            409,
            "another_application");
    assertThat(other.path("detail").asText()).contains("application api, not of other");
    problem(PeerRequests.post(port, "none", "{}"), 404, "unknown_path");
    problem(PeerRequests.post(port, "texts", "{"), 400, "malformed_json");
    problem(PeerRequests.post(port, "texts", "null"), 400, "malformed_json");
    problem(PeerRequests.post(port, "texts", "{}"), 409, "another_application");
    String question = "{\"application_id\":\"api\",\"partitions\":%s,\"question\":%s}";
    problem(
        PeerRequests.post(
            port,
            "texts",
            question.formatted("[0]", "{\"id\":\"a\",\"limit\":9999,\"with_vectors\":false}")),
        400,
        "malformed_json");
    problem(
        PeerRequests.post(port, "texts", question.formatted("[0]", "null")), 400, "malformed_json");
    problem(
        PeerRequests.post(port, "texts", question.formatted("[null]", "{}")), 400, "out_of_range");
    String late =
        "{\"application_id\":\"api\",\"partitions\":[0],\"left_millis\":0,\"question\":{\"id\":\"a\",\"limit\":1,\"with_vectors\":false}}";
    assertThat(ok(PeerRequests.post(port, "texts", late)).path("missing").path("0").asText())
        .as("what nobody waits for any more is not looked up")
        .contains("no time left");
  }

  private static HttpRequest post(byte[] body, String type) {
    return HttpRequest.newBuilder(uri(port, "/window/neighbours"))
        .header("Content-Type", type)
        .POST(HttpRequest.BodyPublishers.ofByteArray(body))
        .build();
  }

  private static HttpResponse<String> send(HttpRequest request)
      throws IOException, InterruptedException {
    return stream.send(request, "/window/neighbours");
  }

  private static HttpResponse<String> get(String path) throws IOException, InterruptedException {
    return HTTP.send(
        HttpRequest.newBuilder(uri(port, path)).build(), HttpResponse.BodyHandlers.ofString());
  }
}
