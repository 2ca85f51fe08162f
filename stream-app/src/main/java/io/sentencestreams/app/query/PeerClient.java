package io.sentencestreams.app.query;

import static io.sentencestreams.app.query.LocalPartitions.ANSWER_TOO_LARGE;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.apache.kafka.streams.state.HostInfo;

/** Puts questions to other instances over HTTP. Thread-safe. */
final class PeerClient {
  private static final int OK = 200;

  /** After so long an instance is asked again that has too many questions. */
  private static final Duration PAUSE = Duration.ofMillis(25);

  /** What is wrong with a question whoever asks; other refusals are between instances. */
  private static final Set<String> OF_THE_CLIENT = Set.of("wrong_dimension", ANSWER_TOO_LARGE);

  private final HttpClient http;
  private final String applicationId;

  PeerClient(String applicationId, Duration connectTimeout) {
    this.applicationId = applicationId;
    this.http =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(connectTimeout)
            .build();
  }

  /** Another instance did not answer the question, and the reason is in the message. */
  static final class PeerException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    PeerException(String message, Throwable cause) {
      super(message, cause);
    }
  }

  /**
   * Asks, without waiting; again and again until the time is over where the instance has too many
   * questions at present. No thread waits for that.
   *
   * @param timeout for the answer
   * @return what the instance answered; fails with a {@link PeerException}, or with an {@link
   *     QueryException.Invalid} where it says that the question is wrong
   */
  <Q, A> CompletableFuture<LocalPartitions.Result<A>> ask(
      HostInfo host,
      Operation<Q, A> operation,
      List<Integer> partitions,
      Q question,
      Duration timeout) {
    FanOut.Deadline deadline = FanOut.Deadline.in(timeout);
    Function<Duration, HttpRequest> request =
        left -> request(host, operation, partitions, question, left);
    HttpRequest first;
    try {
      first = request.apply(timeout);
    } catch (IllegalArgumentException e) { // a host that is no host
      return CompletableFuture.failedFuture(new PeerException(e.getMessage(), e));
    }
    return send(first)
        .exceptionallyCompose(
            failure ->
                isBroken(failure)
                    ? send(request.apply(positive(deadline)))
                    : CompletableFuture.failedFuture(failure))
        .thenCompose(response -> unlessBusy(request, response, deadline))
        .thenApply(response -> read(operation, question, response));
  }

  private <Q> HttpRequest request(
      HostInfo host,
      Operation<Q, ?> operation,
      List<Integer> partitions,
      Q question,
      Duration left) {
    Wire.PeerQuestion asked =
        new Wire.PeerQuestion(
            applicationId, partitions, left.toMillis(), Wire.JSON.valueToTree(question));
    URI uri =
        URI.create(
            "http://%s:%d%s%s"
                .formatted(authority(host.host()), host.port(), Wire.PEER_PATH, operation.name()));
    try {
      return HttpRequest.newBuilder(uri)
          .timeout(left)
          .header("Content-Type", "application/json")
          .POST(HttpRequest.BodyPublishers.ofByteArray(Wire.JSON.writeValueAsBytes(asked)))
          .build();
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(e);
    }
  }

  /** What is left; a time-out must be positive. */
  private static Duration positive(FanOut.Deadline deadline) {
    return deadline.left().plusMillis(1);
  }

  private CompletableFuture<HttpResponse<byte[]>> send(HttpRequest request) {
    return http.sendAsync(request, HttpResponse.BodyHandlers.ofByteArray());
  }

  /**
   * Whether a connection that was kept for further questions had been closed, as a restarted
   * instance does. A question changes nothing, so it may be asked again.
   */
  private static boolean isBroken(Throwable failure) {
    Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
    return cause instanceof IOException
        && !(cause instanceof HttpTimeoutException)
        && !(cause instanceof ConnectException);
  }

  private CompletableFuture<HttpResponse<byte[]>> unlessBusy(
      Function<Duration, HttpRequest> request,
      HttpResponse<byte[]> response,
      FanOut.Deadline deadline) {
    if (response.statusCode() != Problem.TOO_MANY || deadline.left().compareTo(PAUSE) <= 0) {
      return CompletableFuture.completedFuture(response);
    }
    Executor later = CompletableFuture.delayedExecutor(PAUSE.toNanos(), TimeUnit.NANOSECONDS);
    return CompletableFuture.supplyAsync(() -> request.apply(positive(deadline)), later)
        .thenCompose(this::send)
        .thenCompose(next -> unlessBusy(request, next, deadline));
  }

  /** As a URL has it. */
  static String authority(String host) {
    return host.contains(":") && !host.startsWith("[") ? "[" + host + "]" : host;
  }

  private static <Q, A> LocalPartitions.Result<A> read(
      Operation<Q, A> operation, Q question, HttpResponse<byte[]> response) {
    try {
      if (response.statusCode() != OK) {
        throw refusal(response);
      }
      Wire.PeerAnswer answer = Wire.JSON.readValue(response.body(), Wire.PeerAnswer.class);
      Map<Integer, A> answers = new HashMap<>();
      Map<Integer, String> missing = new HashMap<>(answer.missing());
      for (Map.Entry<Integer, JsonNode> entry : answer.answers().entrySet()) {
        A read = Wire.JSON.treeToValue(entry.getValue(), operation.answer());
        if (operation.isAnswerTo().test(question, read)) {
          answers.put(entry.getKey(), read);
        } else {
          missing.put(entry.getKey(), "it answered another question, or of another model");
        }
      }
      return new LocalPartitions.Result<>(answers, missing);
    } catch (IOException e) {
      throw new PeerException("its answer cannot be read: " + e.getMessage(), e);
    }
  }

  private static RuntimeException refusal(HttpResponse<byte[]> response) {
    String code = "";
    String detail = "";
    try {
      JsonNode problem = Wire.JSON.readTree(response.body());
      code = problem.path("code").asText();
      detail = problem.path("detail").asText();
    } catch (IOException e) {
      // Not one of ours, so there is nothing to quote; the status is in the message.
      return new PeerException("it answered with status " + response.statusCode(), e);
    }
    return response.statusCode() == Problem.BAD_REQUEST && OF_THE_CLIENT.contains(code)
        ? new QueryException.Invalid(code, detail)
        : new PeerException(
            "it answered with status %d: %s".formatted(response.statusCode(), detail), null);
  }
}
