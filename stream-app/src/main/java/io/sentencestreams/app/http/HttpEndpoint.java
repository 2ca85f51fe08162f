package io.sentencestreams.app.http;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * Health and metrics over HTTP: {@code /health/live}, {@code /health/ready}, {@code /health} (both)
 * and {@code /metrics} in Prometheus's text format, and what {@link #serve} adds.
 *
 * <p>A health answer is 200 or 503 with the checks as JSON. There is no authentication, so bind it
 * to loopback or to a network that may see it.
 */
public final class HttpEndpoint implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int OK = 200;
  private static final int METHOD_NOT_ALLOWED = 405;
  private static final int NOT_FOUND = 404;
  private static final int UNAVAILABLE = 503;

  /** Threads for health and metrics, besides those that others are promised. */
  private static final int OWN_THREADS = 2;

  static {
    // The server sends headers and body apart, and without this the second waits some 40 ms until
    // the first is acknowledged. It looks at the property once.
    System.getProperties().putIfAbsent("sun.net.httpserver.nodelay", "true");
    // The server reads requests on the threads that answer them. A client that is slow to send one,
    // or to read the answer, would hold a thread for ever; an answer takes ten minutes at most
    // (query.timeout.ms). In seconds.
    System.getProperties().putIfAbsent("sun.net.httpserver.maxReqTime", "10");
    System.getProperties().putIfAbsent("sun.net.httpserver.maxRspTime", "660");
    System.getProperties().putIfAbsent("jdk.httpserver.maxConnections", "1000");
  }

  private final HttpServer server;
  private final ExecutorService executor;
  private final Set<String> paths = new ConcurrentSkipListSet<>();

  /**
   * Binds and serves health and metrics only.
   *
   * @param host the address to listen on, such as {@code 127.0.0.1}
   * @param port 0 takes a free one
   * @param metrics one scrape in Prometheus's text format, such as {@link MetricsExport}
   * @throws IOException if the address cannot be bound, naming it
   */
  public HttpEndpoint(String host, int port, HealthSource health, Supplier<String> metrics)
      throws IOException {
    this(host, port, health, metrics, 0);
  }

  /**
   * Binds and serves.
   *
   * @param host the address to listen on, such as {@code 127.0.0.1}
   * @param port 0 takes a free one
   * @param metrics one scrape in Prometheus's text format, such as {@link MetricsExport}
   * @param moreThreads as many as requests of what {@link #serve} adds run at a time, so that
   *     health waits for none of them, but for clients that are slow to send a request, some
   *     seconds: such a one is cut off
   * @throws IOException if the address cannot be bound, naming it
   */
  public HttpEndpoint(
      String host, int port, HealthSource health, Supplier<String> metrics, int moreThreads)
      throws IOException {
    InetSocketAddress address = new InetSocketAddress(host, port);
    if (address.isUnresolved()) {
      throw new IOException("host " + host + " for health and metrics is not known");
    }
    try {
      server = HttpServer.create(address, 0);
    } catch (IOException e) {
      throw new IOException(
          "health and metrics cannot be served on " + host + ":" + port + ": " + e.getMessage(), e);
    }
    executor =
        Executors.newFixedThreadPool(
            OWN_THREADS + moreThreads,
            task -> {
              Thread thread = new Thread(task, "sentence-streams-http");
              thread.setDaemon(true);
              return thread;
            });
    server.setExecutor(executor);
    server.createContext("/", this::notFound);
    health("/health/live", health::live, health);
    health("/health/ready", health::ready, health);
    health("/health", () -> health.live() && health.ready(), health);
    get(
        "/metrics",
        exchange -> send(exchange, OK, "text/plain; version=0.0.4; charset=utf-8", metrics.get()));
    server.start();
  }

  /**
   * Adds what answers to a path and to all below it.
   *
   * @throws IllegalArgumentException if something answers to that path already
   */
  public void serve(String path, HttpHandler handler) {
    server.createContext(path, handler);
    paths.add(path);
  }

  /** The port that is listened on. */
  public int port() {
    return server.getAddress().getPort();
  }

  @Override
  public void close() {
    server.stop(0);
    executor.shutdown();
  }

  private void health(String path, BooleanSupplier healthy, HealthSource source) {
    get(
        path,
        exchange -> {
          boolean ok = healthy.getAsBoolean();
          ObjectNode body = JSON.createObjectNode();
          body.put("status", ok ? "UP" : "DOWN");
          body.put("live", source.live());
          body.put("ready", source.ready());
          ArrayNode checks = body.putArray("checks");
          for (HealthSource.Check check : source.checks()) {
            checks
                .addObject()
                .put("name", check.name())
                .put("healthy", check.healthy())
                .put("message", check.message());
          }
          send(exchange, ok ? OK : UNAVAILABLE, "application/json", body + "\n");
        });
  }

  @FunctionalInterface
  private interface Answer {
    void to(HttpExchange exchange) throws IOException;
  }

  private void get(String path, Answer answer) {
    paths.add(path);
    server.createContext(
        path,
        exchange -> {
          try (exchange) {
            String method = exchange.getRequestMethod();
            if (!exchange.getRequestURI().getPath().equals(path)) {
              notFound(exchange);
            } else if (method.equals("GET") || method.equals("HEAD")) {
              answer.to(exchange);
            } else {
              exchange.getResponseHeaders().set("Allow", "GET, HEAD");
              send(exchange, METHOD_NOT_ALLOWED, "text/plain", "only GET and HEAD work here\n");
            }
          }
        });
  }

  private void notFound(HttpExchange exchange) throws IOException {
    try (exchange) {
      send(exchange, NOT_FOUND, "text/plain", "there are " + String.join(", ", paths) + "\n");
    }
  }

  private static void send(HttpExchange exchange, int status, String type, String body)
      throws IOException {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", type);
    if (exchange.getRequestMethod().equals("HEAD")) {
      exchange.sendResponseHeaders(status, -1);
      return;
    }
    exchange.sendResponseHeaders(status, bytes.length);
    try (OutputStream out = exchange.getResponseBody()) {
      out.write(bytes);
    }
  }
}
