package io.sentencestreams.app.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.MetricName;
import org.apache.kafka.common.metrics.Metrics;
import org.apache.kafka.common.metrics.stats.CumulativeSum;
import org.apache.kafka.common.metrics.stats.Value;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(600)
class HttpEndpointTest {
  private final HttpClient client = HttpClient.newHttpClient();

  private record Health(boolean live, boolean ready, List<Check> checks) implements HealthSource {}

  @Test
  void shouldTellLiveAndReadyApartWithTheReasons() throws Exception {
    Health health =
        new Health(true, false, List.of(new HealthSource.Check("encoder", false, "device gone")));
    try (HttpEndpoint endpoint = new HttpEndpoint("127.0.0.1", 0, health, () -> "")) {
      assertThat(get(endpoint, "/health/live").statusCode()).isEqualTo(200);
      assertThat(get(endpoint, "/health/ready").statusCode()).isEqualTo(503);
      HttpResponse<String> both = get(endpoint, "/health");
      assertThat(both.statusCode()).isEqualTo(503);
      JsonNode body = new ObjectMapper().readTree(both.body());
      assertThat(body.path("status").asText()).isEqualTo("DOWN");
      assertThat(body.path("live").asBoolean()).isTrue();
      assertThat(body.path("checks").path(0).path("message").asText()).isEqualTo("device gone");
    }
  }

  @Test
  void shouldServeKafkasTreeAndTheJvmToPrometheus() throws Exception {
    try (Metrics tree = new Metrics();
        MetricsExport export = new MetricsExport(tree::metrics)) {
      tree.sensor("batch").add(name(tree, "batch-tokens-last", Map.of()), new Value());
      tree.sensor("batch").add(name(tree, "texts-total", Map.of()), new CumulativeSum());
      tree.sensor("batch")
          .add(name(tree, "texts-total", Map.of("client-id", "a \"b\"")), new CumulativeSum());
      tree.sensor("batch").record(42);
      tree.addMetric(name(tree, "state", Map.of()), (config, now) -> Double.NaN);
      Health health = new Health(true, true, List.of());
      try (HttpEndpoint endpoint = new HttpEndpoint("127.0.0.1", 0, health, export)) {
        HttpResponse<String> scrape = get(endpoint, "/metrics");
        assertThat(scrape.statusCode()).isEqualTo(200);
        assertThat(scrape.headers().firstValue("Content-Type"))
            .hasValueSatisfying(type -> assertThat(type).startsWith("text/plain; version=0.0.4"));
        assertThat(scrape.body().lines())
            .contains(
                "# TYPE kafka_encoder_texts_total counter",
                "kafka_encoder_texts_total 42.0",
                "kafka_encoder_texts_total{client_id=\"a \\\"b\\\"\"} 42.0",
                "# TYPE kafka_encoder_batch_tokens_last gauge",
                "kafka_encoder_batch_tokens_last 42.0")
            .anyMatch(line -> line.startsWith("jvm_memory_used_bytes{"))
            .allMatch(
                line ->
                    line.startsWith("#")
                        || line.matches("[a-zA-Z_:][a-zA-Z0-9_:]*(\\{.*\\})? [-+0-9.eEInfNa]+"));
      }
    }
  }

  @Test
  void shouldRefuseOtherPathsAndMethods() throws Exception {
    Health health = new Health(true, true, List.of());
    try (HttpEndpoint endpoint = new HttpEndpoint("127.0.0.1", 0, health, () -> "")) {
      assertThat(get(endpoint, "/").statusCode()).isEqualTo(404);
      assertThat(get(endpoint, "/health/x").statusCode()).isEqualTo(404);
      HttpRequest post =
          HttpRequest.newBuilder(uri(endpoint, "/health"))
              .POST(HttpRequest.BodyPublishers.noBody())
              .build();
      assertThat(client.send(post, HttpResponse.BodyHandlers.ofString()).statusCode())
          .isEqualTo(405);
    }
  }

  @Test
  void shouldCutOffClientsThatSendNoWholeRequest() throws Exception {
    Health health = new Health(true, true, List.of());
    List<Socket> slow = new ArrayList<>();
    try (HttpEndpoint endpoint = new HttpEndpoint("127.0.0.1", 0, health, () -> "")) {
      for (int i = 0; i < 10; i++) { // more than there are threads
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), endpoint.port());
        slow.add(socket);
        socket.getOutputStream().write("GET /hea".getBytes(StandardCharsets.US_ASCII));
        socket.getOutputStream().flush();
      }
      HttpRequest request =
          HttpRequest.newBuilder(uri(endpoint, "/health")).timeout(Duration.ofSeconds(10)).build();
      await()
          .atMost(Duration.ofMinutes(5))
          .ignoreExceptions()
          .until(
              () -> client.send(request, HttpResponse.BodyHandlers.ofString()).statusCode() == 200);
    } finally {
      for (Socket socket : slow) {
        socket.close();
      }
    }
  }

  @Test
  void shouldNameTheAddressThatIsTaken() throws Exception {
    Health health = new Health(true, true, List.of());
    try (HttpEndpoint first = new HttpEndpoint("127.0.0.1", 0, health, () -> "")) {
      assertThatThrownBy(
              () -> new HttpEndpoint("127.0.0.1", first.port(), health, () -> "").close())
          .isInstanceOf(IOException.class)
          .hasMessageContaining("127.0.0.1:" + first.port());
    }
  }

  private static MetricName name(Metrics tree, String name, Map<String, String> tags) {
    return tree.metricName(name, "encoder-metrics", "", tags);
  }

  private HttpResponse<String> get(HttpEndpoint endpoint, String path) throws Exception {
    return client.send(
        HttpRequest.newBuilder(uri(endpoint, path)).build(), HttpResponse.BodyHandlers.ofString());
  }

  private static URI uri(HttpEndpoint endpoint, String path) {
    return URI.create("http://127.0.0.1:" + endpoint.port() + path);
  }
}
