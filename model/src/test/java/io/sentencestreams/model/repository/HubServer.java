package io.sentencestreams.model.repository;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;

/**
 * A hub in this process, with one model: its list of files, small files as they are, large ones by
 * way of another server, and what can go wrong on the way.
 */
final class HubServer implements AutoCloseable {
  static {
    // Or each small answer waits 40 ms for an acknowledgement.
    System.setProperty("sun.net.httpserver.nodelay", "true");
  }

  static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";
  private static final int LARGE = 4000;

  private final HttpServer hub;
  private final HttpServer store;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final Map<String, byte[]> files = new TreeMap<>();
  private final List<String> requests = Collections.synchronizedList(new ArrayList<>());
  private final List<String> authorizations = Collections.synchronizedList(new ArrayList<>());
  private final Deque<Trouble> troubles = new ArrayDeque<>();
  String model = "org/tiny";
  String revision = "main";
  String token;

  /** What an answer is instead of the right one: a status, or a part of the content and no more. */
  record Trouble(int status, Map<String, String> headers, int cutAfter) {
    static Trouble status(int status, Map<String, String> headers) {
      return new Trouble(status, headers, -1);
    }

    static Trouble cut(int after) {
      return new Trouble(0, Map.of(), after);
    }
  }

  HubServer() throws IOException {
    hub = server(this::hub);
    store = server(this::store);
  }

  private HttpServer server(HttpHandler handler) throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", handler);
    server.setExecutor(threads);
    server.start();
    return server;
  }

  URI endpoint() {
    return URI.create("http://127.0.0.1:" + hub.getAddress().getPort());
  }

  /** Takes all files of a folder. */
  void put(Path folder) throws IOException {
    List<Path> all;
    try (Stream<Path> walk = Files.walk(folder)) {
      all = walk.filter(Files::isRegularFile).toList();
    }
    for (Path file : all) {
      files.put(folder.relativize(file).toString().replace('\\', '/'), Files.readAllBytes(file));
    }
  }

  void put(String path, byte[] content) {
    files.put(path, content);
  }

  Map<String, byte[]> files() {
    return files;
  }

  /** What is asked for next meets these, one each; the list of files only a status. */
  void trouble(Trouble... next) {
    synchronized (troubles) {
      troubles.addAll(List.of(next));
    }
  }

  /** Paths that were asked for, with the range where one was. */
  List<String> requests() {
    return requests;
  }

  /** What the store, which is another server than the hub, was shown. */
  List<String> authorizationsShownToTheStore() {
    return authorizations;
  }

  private void hub(HttpExchange exchange) throws IOException {
    try (exchange) {
      String path = exchange.getRequestURI().getRawPath();
      requests.add(path);
      String shown = exchange.getRequestHeaders().getFirst("Authorization");
      if (token != null && !("Bearer " + token).equals(shown)) {
        refuse(exchange, 401, "RepoNotFound");
      } else if (path.startsWith("/api/models/" + model + "/revision/")) {
        list(exchange, path.substring(("/api/models/" + model + "/revision/").length()));
      } else if (path.startsWith("/" + model + "/resolve/" + COMMIT + "/")) {
        resolve(exchange, path.substring(("/" + model + "/resolve/" + COMMIT + "/").length()));
      } else if (path.startsWith("/archives/")) {
        content(exchange, files.get(path.substring("/archives/".length())));
      } else {
        refuse(exchange, 404, "RepoNotFound");
      }
    }
  }

  private static void refuse(HttpExchange exchange, int status, String code) throws IOException {
    exchange.getResponseHeaders().set("X-Error-Code", code);
    exchange.sendResponseHeaders(status, -1);
  }

  private void list(HttpExchange exchange, String asked) throws IOException {
    Trouble trouble = nextStatus();
    if (trouble != null) {
      trouble.headers().forEach(exchange.getResponseHeaders()::set);
      exchange.sendResponseHeaders(trouble.status(), -1);
      return;
    }
    if (!asked.equals(revision) && !asked.equals(COMMIT)) {
      refuse(exchange, 404, "RevisionNotFound");
      return;
    }
    ObjectNode root = new ObjectMapper().createObjectNode().put("id", model).put("sha", COMMIT);
    ArrayNode siblings = root.putArray("siblings");
    files.forEach(
        (path, content) -> {
          ObjectNode file = siblings.addObject().put("rfilename", path);
          file.put("size", content.length).put("blobId", gitBlob(content));
          if (content.length >= LARGE) {
            file.putObject("lfs").put("sha256", sha256(content)).put("size", content.length);
          }
        });
    byte[] json = root.toString().getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(200, json.length);
    exchange.getResponseBody().write(json);
  }

  private void resolve(HttpExchange exchange, String path) throws IOException {
    byte[] content = files.get(path);
    if (content == null) {
      refuse(exchange, 404, "EntryNotFound");
      return;
    }
    exchange.getResponseHeaders().set("X-Repo-Commit", COMMIT);
    if (content.length < LARGE) {
      exchange.getResponseHeaders().set("ETag", "\"" + gitBlob(content) + "\"");
      content(exchange, content);
      return;
    }
    exchange.getResponseHeaders().set("X-Linked-Etag", "\"" + sha256(content) + "\"");
    exchange.getResponseHeaders().set("X-Linked-Size", String.valueOf(content.length));
    exchange
        .getResponseHeaders()
        .set(
            "Location",
            "http://127.0.0.1:%d/%s?signature=secret"
                .formatted(store.getAddress().getPort(), path));
    exchange.sendResponseHeaders(302, -1);
  }

  private void store(HttpExchange exchange) throws IOException {
    try (exchange) {
      authorizations.add(String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")));
      byte[] content = files.get(exchange.getRequestURI().getPath().substring(1));
      exchange.getResponseHeaders().set("ETag", "\"" + sha256(content) + "\"");
      content(exchange, content);
    }
  }

  private void content(HttpExchange exchange, byte[] content) throws IOException {
    if (content == null) {
      exchange.sendResponseHeaders(404, -1);
      return;
    }
    if (exchange.getResponseHeaders().getFirst("ETag") == null) {
      exchange.getResponseHeaders().set("ETag", "\"" + sha256(content) + "\"");
    }
    int from = 0;
    String range = exchange.getRequestHeaders().getFirst("Range");
    String tag = exchange.getResponseHeaders().getFirst("ETag");
    if (range != null) {
      requests.add(range);
      if (tag.equals(exchange.getRequestHeaders().getFirst("If-Range"))) {
        from = Integer.parseInt(range.substring("bytes=".length(), range.length() - 1));
        exchange
            .getResponseHeaders()
            .set(
                "Content-Range",
                "bytes %d-%d/%d".formatted(from, content.length - 1, content.length));
      }
    }
    Trouble trouble = next();
    if (trouble != null && trouble.status() > 0) {
      trouble.headers().forEach(exchange.getResponseHeaders()::set);
      exchange.sendResponseHeaders(trouble.status(), -1);
      return;
    }
    if (exchange.getRequestMethod().equals("HEAD")) {
      exchange.getResponseHeaders().set("Content-Length", String.valueOf(content.length));
      exchange.sendResponseHeaders(200, -1);
      return;
    }
    exchange.sendResponseHeaders(from > 0 ? 206 : 200, content.length - from);
    OutputStream out = exchange.getResponseBody();
    int end =
        trouble == null ? content.length : Math.min(content.length, from + trouble.cutAfter());
    out.write(content, from, end - from);
    out.flush();
  }

  private Trouble next() {
    synchronized (troubles) {
      return troubles.poll();
    }
  }

  private Trouble nextStatus() {
    synchronized (troubles) {
      return !troubles.isEmpty() && troubles.peek().status() > 0 ? troubles.poll() : null;
    }
  }

  static String sha256(byte[] content) {
    return digest("SHA-256", content);
  }

  private static String gitBlob(byte[] content) {
    byte[] head = "blob %d\0".formatted(content.length).getBytes(StandardCharsets.US_ASCII);
    byte[] all = new byte[head.length + content.length];
    System.arraycopy(head, 0, all, 0, head.length);
    System.arraycopy(content, 0, all, head.length, content.length);
    return digest("SHA-1", all);
  }

  private static String digest(String algorithm, byte[] content) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance(algorithm).digest(content));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    hub.stop(0);
    store.stop(0);
    threads.shutdown();
  }
}
