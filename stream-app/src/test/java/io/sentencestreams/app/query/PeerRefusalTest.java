package io.sentencestreams.app.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.streams.state.HostInfo;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What an instance makes of another one that refuses a question. */
class PeerRefusalTest {
  private static final Operation<String, String> ECHO =
      new Operation<>(
          "echo",
          "store",
          "topic",
          String.class,
          String.class,
          String::equals,
          (partition, question) -> question);

  private final AtomicInteger asked = new AtomicInteger();
  private HttpServer server;

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  @Test
  void shouldAskAgainUntilAnInstanceHasRoom() throws Exception {
    serve(3, 429, "{\"code\":\"too_many_queries\",\"detail\":\"many\"}");
    assertThat(ask(Duration.ofMinutes(1)).get(1, TimeUnit.MINUTES).answers())
        .isEqualTo(Map.of(3, "what"));
    assertThat(asked.get()).isEqualTo(4);
  }

  @Test
  void shouldGiveUpWhereAnInstanceHasNoRoomInTime() {
    serve(Integer.MAX_VALUE, 429, "{\"code\":\"too_many_queries\",\"detail\":\"many\"}");
    assertThatThrownBy(() -> ask(Duration.ofMillis(500)).get(1, TimeUnit.MINUTES)).isNotNull();
    assertThat(asked.get()).isPositive();
  }

  @Test
  void shouldPassOnAsTheClientsFaultOnlyWhatIsWrongWithItsQuestion() {
    serve(1, 400, "{\"code\":\"wrong_dimension\",\"detail\":\"three\"}");
    assertThatThrownBy(() -> ask(Duration.ofMinutes(1)).get(1, TimeUnit.MINUTES))
        .cause()
        .isInstanceOf(QueryException.Invalid.class)
        .hasMessage("three");
    server.removeContext("/");
    asked.set(0);
    serve(1, 400, "{\"code\":\"out_of_range\",\"detail\":\"too many partitions\"}");
    assertThatThrownBy(() -> ask(Duration.ofMinutes(1)).get(1, TimeUnit.MINUTES))
        .cause()
        .isInstanceOf(PeerClient.PeerException.class)
        .hasMessage("it answered with status 400: too many partitions");
  }

  private CompletableFuture<LocalPartitions.Result<String>> ask(Duration timeout) {
    HostInfo host = new HostInfo("127.0.0.1", server.getAddress().getPort());
    return new PeerClient("application", Duration.ofMinutes(1))
        .ask(host, ECHO, List.of(3), "what", timeout);
  }

  /** Refuses some questions first. */
  private void serve(int refused, int status, String refusal) {
    server.createContext(
        "/",
        exchange -> {
          try (exchange) {
            exchange.getRequestBody().readAllBytes();
            boolean refuses = asked.incrementAndGet() <= refused;
            String body = refuses ? refusal : "{\"answers\":{\"3\":\"what\"},\"missing\":{}}";
            byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(refuses ? status : 200, bytes.length);
            exchange.getResponseBody().write(bytes);
          }
        });
  }
}
