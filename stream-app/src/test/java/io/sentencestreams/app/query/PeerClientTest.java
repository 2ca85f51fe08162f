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
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.streams.state.HostInfo;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PeerClientTest {
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
  void shouldAskAgainWhereTheConnectionBreaksOnce() throws Exception {
    serve(1, 200, "{\"answers\":{\"3\":\"what\"},\"missing\":{\"5\":\"gone\"}}");
    LocalPartitions.Result<String> result = ask().get(1, TimeUnit.MINUTES);
    assertThat(result.answers()).isEqualTo(Map.of(3, "what"));
    assertThat(result.missing()).isEqualTo(Map.of(5, "gone"));
    assertThat(asked.get()).isEqualTo(2);
  }

  @Test
  void shouldGiveUpWhereItBreaksAgain() {
    serve(Integer.MAX_VALUE, 200, "");
    assertThatThrownBy(() -> ask().get(1, TimeUnit.MINUTES))
        .isInstanceOf(ExecutionException.class)
        .hasCauseInstanceOf(IOException.class);
    assertThat(asked.get()).isEqualTo(2);
  }

  @Test
  void shouldNotTakeTheAnswerToAnotherQuestion() throws Exception {
    serve(0, 200, "{\"answers\":{\"3\":\"something else\"},\"missing\":{}}");
    LocalPartitions.Result<String> result = ask().get(1, TimeUnit.MINUTES);
    assertThat(result.answers()).isEmpty();
    assertThat(result.missing().get(3)).contains("another question");
  }

  @Test
  void shouldTellAWrongQuestionFromAnInstanceThatDoesNotAnswer() {
    serve(0, 400, "{\"code\":\"wrong_dimension\",\"detail\":\"three\"}");
    assertThatThrownBy(() -> ask().get(1, TimeUnit.MINUTES))
        .cause()
        .isInstanceOf(QueryException.Invalid.class)
        .hasMessage("three");
    server.removeContext("/");
    serve(0, 409, "{\"code\":\"another_application\",\"detail\":\"not mine\"}");
    assertThatThrownBy(() -> ask().get(1, TimeUnit.MINUTES))
        .cause()
        .isInstanceOf(PeerClient.PeerException.class)
        .hasMessage("it answered with status 409: not mine");
    server.removeContext("/");
    serve(0, 200, "<html>");
    assertThatThrownBy(() -> ask().get(1, TimeUnit.MINUTES))
        .cause()
        .isInstanceOf(PeerClient.PeerException.class)
        .hasMessageContaining("its answer cannot be read");
  }

  private CompletableFuture<LocalPartitions.Result<String>> ask() {
    HostInfo host = new HostInfo("127.0.0.1", server.getAddress().getPort());
    return new PeerClient("application", Duration.ofMinutes(1))
        .ask(host, ECHO, List.of(3, 5), "what", Duration.ofMinutes(1));
  }

  /** Breaks the first connections, and answers then. */
  private void serve(int broken, int status, String body) {
    server.createContext(
        "/",
        exchange -> {
          try (exchange) {
            exchange.getRequestBody().readAllBytes();
            if (asked.incrementAndGet() <= broken) {
              return; // closed without an answer
            }
            byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(status, bytes.length);
            exchange.getResponseBody().write(bytes);
          }
        });
  }
}
