package io.sentencestreams.app.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.streams.state.HostInfo;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What an instance makes of another one that answers, refuses or breaks off. */
class PeerClientTest {
  private static final Operation<String, String> ECHO =
      new Operation<>(
          "echo",
          "store",
          "topic",
          String.class,
          String.class,
          String::equals,
          Merging.ofSmall(),
          (partition, question, deadline) -> question);

  private static final Answer BROKEN = new Answer(0, "");
  private static final Answer BUSY =
      new Answer(429, "{\"code\":\"too_many_queries\",\"detail\":\"many\"}");
  private static final Answer RIGHT =
      new Answer(200, "{\"answers\":{\"3\":\"what\"},\"missing\":{\"5\":\"gone\"}}");

  private final AtomicInteger asked = new AtomicInteger();
  private final List<Long> left = new CopyOnWriteArrayList<>();
  private HttpServer server;

  /** What the other instance does; a status of 0 closes the connection without a word. */
  private record Answer(int status, String body) {}

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
    serve(BROKEN, RIGHT);
    LocalPartitions.Result<String> result = ask(Duration.ofMinutes(1)).get(1, TimeUnit.MINUTES);
    assertThat(result.answers()).isEqualTo(Map.of(3, "what"));
    assertThat(result.missing()).isEqualTo(Map.of(5, "gone"));
    assertThat(asked.get()).isEqualTo(2);
  }

  @Test
  void shouldGiveUpWhereItBreaksAgain() {
    serve(BROKEN);
    assertThatThrownBy(() -> ask(Duration.ofMinutes(1)).get(1, TimeUnit.MINUTES))
        .isInstanceOf(ExecutionException.class)
        .hasCauseInstanceOf(IOException.class);
    assertThat(asked.get()).isEqualTo(2);
  }

  @Test
  void shouldNotTakeTheAnswerToAnotherQuestion() throws Exception {
    serve(new Answer(200, "{\"answers\":{\"3\":\"something else\"},\"missing\":{}}"));
    LocalPartitions.Result<String> result = ask(Duration.ofMinutes(1)).get(1, TimeUnit.MINUTES);
    assertThat(result.answers()).isEmpty();
    assertThat(result.missing().get(3)).contains("another question");
  }

  @Test
  void shouldAskAgainUntilAnInstanceHasRoom() throws Exception {
    serve(BUSY, BUSY, BUSY, RIGHT);
    assertThat(ask(Duration.ofMinutes(1)).get(1, TimeUnit.MINUTES).answers())
        .isEqualTo(Map.of(3, "what"));
    assertThat(asked.get()).isEqualTo(4);
    assertThat(left)
        .as("the time that is left of the query's goes with each question")
        .isSortedAccordingTo(Comparator.reverseOrder())
        .allMatch(millis -> millis > 0 && millis <= 60_000);
    assertThat(left.get(3)).as("after the pauses").isLessThan(left.get(0));
  }

  @Test
  void shouldGiveUpWhereAnInstanceHasNoRoomInTime() throws Exception {
    serve(RIGHT, BUSY);
    PeerClient client = client();
    // The first question of a process may take longer than the time that the next one has.
    assertThat(ask(client, Duration.ofMinutes(1)).get(1, TimeUnit.MINUTES).answers()).isNotEmpty();
    assertThatThrownBy(() -> ask(client, Duration.ofSeconds(3)).get(1, TimeUnit.MINUTES))
        .isNotNull();
    assertThat(asked.get()).isGreaterThan(1);
  }

  /** Only what is wrong with the question whoever asks is the client's fault. */
  @ParameterizedTest
  @CsvSource({
    "400, wrong_dimension, true",
    "400, answer_too_large, true",
    "400, out_of_range, false",
    "409, another_application, false"
  })
  void shouldTellAWrongQuestionFromARefusalBetweenInstances(
      int status, String code, boolean isClients) {
    serve(new Answer(status, "{\"code\":\"%s\",\"detail\":\"the reason\"}".formatted(code)));
    assertThatThrownBy(() -> ask(Duration.ofMinutes(1)).get(1, TimeUnit.MINUTES))
        .cause()
        .isInstanceOf(isClients ? QueryException.Invalid.class : PeerClient.PeerException.class)
        .hasMessage(
            isClients ? "the reason" : "it answered with status " + status + ": the reason");
  }

  @Test
  void shouldSayThatAnAnswerIsNone() {
    serve(new Answer(200, "<html>"));
    assertThatThrownBy(() -> ask(Duration.ofMinutes(1)).get(1, TimeUnit.MINUTES))
        .cause()
        .isInstanceOf(PeerClient.PeerException.class)
        .hasMessageContaining("its answer cannot be read");
  }

  private CompletableFuture<LocalPartitions.Result<String>> ask(Duration timeout) {
    return ask(client(), timeout);
  }

  private static PeerClient client() {
    return new PeerClient("application", Duration.ofMinutes(1));
  }

  private CompletableFuture<LocalPartitions.Result<String>> ask(
      PeerClient client, Duration timeout) {
    HostInfo host = new HostInfo("127.0.0.1", server.getAddress().getPort());
    return client.ask(host, ECHO, List.of(3, 5), "what", timeout);
  }

  /** One answer after the other, and the last for ever. */
  private void serve(Answer... answers) {
    server.createContext(
        "/",
        exchange -> {
          try (exchange) {
            left.add(
                Wire.JSON
                    .readTree(exchange.getRequestBody().readAllBytes())
                    .path("left_millis")
                    .asLong(-1));
            Answer answer = answers[Math.min(asked.getAndIncrement(), answers.length - 1)];
            if (answer.status() == 0) {
              return;
            }
            byte[] bytes = answer.body().getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(answer.status(), bytes.length);
            exchange.getResponseBody().write(bytes);
          }
        });
  }
}
