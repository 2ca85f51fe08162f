package io.sentencestreams.app.query;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One request and its answer, both in JSON. */
final class JsonExchange {
  private static final Logger LOG = LoggerFactory.getLogger(JsonExchange.class);

  /** {@value}: the largest body that is read. */
  static final int MAX_BODY_BYTES = 1 << 20;

  /** A client that still sends when it is answered may not see the answer: so much is read away. */
  private static final long MAX_DRAINED_BYTES = 16L << 20;

  private static final int OK = 200;
  private static final String JSON = "application/json";

  private final HttpExchange exchange;

  private JsonExchange(HttpExchange exchange) {
    this.exchange = exchange;
  }

  /** Makes the answer to a request. */
  interface Handler {
    /**
     * The answer, with status 200.
     *
     * @throws QueryException as its kind says
     * @throws Problem.Answer with any status
     */
    JsonNode answer(JsonExchange exchange) throws IOException;
  }

  /** Answers a request, with a problem where there is no answer. */
  static void handle(HttpExchange exchange, Handler handler) throws IOException {
    try (exchange) {
      JsonExchange request = new JsonExchange(exchange);
      Problem problem;
      try {
        JsonNode answer = handler.answer(request);
        request.send(OK, JSON, answer);
        return;
      } catch (Problem.Answer e) {
        problem = e.problem();
      } catch (QueryException e) {
        problem = Problem.of(e);
      } catch (RuntimeException e) { // the server would close the connection without a word
        LOG.error("{} {} failed", exchange.getRequestMethod(), exchange.getRequestURI(), e);
        problem =
            new Problem(
                Problem.INTERNAL,
                "internal_error",
                "this instance failed to answer; its log says why");
      }
      if (problem.status() == Problem.TOO_MANY || problem.status() == Problem.UNAVAILABLE) {
        exchange.getResponseHeaders().set("Retry-After", "1");
      }
      request.send(problem.status(), "application/problem+json", problem.json());
    }
  }

  String method() {
    return exchange.getRequestMethod();
  }

  /** The path as it was sent, with its escapes. */
  String rawPath() {
    return exchange.getRequestURI().getRawPath();
  }

  /** What follows the question mark, with its escapes; null if there is none. */
  String rawQuery() {
    return exchange.getRequestURI().getRawQuery();
  }

  void requireMethod(String allowed) {
    boolean head = allowed.equals("GET") && method().equals("HEAD");
    if (!method().equals(allowed) && !head) {
      String all = allowed.equals("GET") ? "GET, HEAD" : allowed;
      exchange.getResponseHeaders().set("Allow", all);
      throw new Problem.Answer(
          new Problem(
              Problem.METHOD_NOT_ALLOWED,
              "method_not_allowed",
              "%s does not work here, only %s".formatted(method(), all)));
    }
  }

  /**
   * The body.
   *
   * @throws Problem.Answer if it is too large or not said to be JSON
   */
  byte[] body() throws IOException {
    String type = exchange.getRequestHeaders().getFirst("Content-Type");
    if (type == null || !type.split(";", 2)[0].trim().toLowerCase(Locale.ROOT).equals(JSON)) {
      throw new Problem.Answer(
          new Problem(
              Problem.UNSUPPORTED_TYPE,
              "not_json",
              "the body must be JSON, with Content-Type: application/json"));
    }
    InputStream in = exchange.getRequestBody();
    byte[] body = in.readNBytes(MAX_BODY_BYTES + 1);
    if (body.length > MAX_BODY_BYTES) {
      drain(in);
      throw new Problem.Answer(
          new Problem(
              Problem.TOO_LARGE,
              "body_too_large",
              "the body has more than %,d bytes".formatted(MAX_BODY_BYTES)));
    }
    return body;
  }

  private static void drain(InputStream in) throws IOException {
    byte[] buffer = new byte[1 << 16];
    long drained = 0;
    int read = 0;
    while (read >= 0 && drained < MAX_DRAINED_BYTES) {
      drained += read;
      read = in.read(buffer);
    }
  }

  private void send(int status, String type, JsonNode json) throws IOException {
    byte[] body = (json + "\n").getBytes(java.nio.charset.StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", type);
    if (method().equals("HEAD")) {
      exchange.sendResponseHeaders(status, -1);
      return;
    }
    exchange.sendResponseHeaders(status, body.length);
    try (OutputStream out = exchange.getResponseBody()) {
      out.write(body);
    }
  }
}
