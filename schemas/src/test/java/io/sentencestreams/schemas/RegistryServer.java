package io.sentencestreams.schemas;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A schema registry in memory. It speaks those paths of Confluent's and of Apicurio's REST
 * interfaces that a serializer and a deserializer use.
 */
final class RegistryServer implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String APICURIO = "/apis/registry/v3";

  private final HttpServer server;
  private final List<String> schemas = new ArrayList<>();
  private final List<String> requests = new ArrayList<>();
  private int failure;

  RegistryServer() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::handle);
    server.start();
  }

  String confluentUrl() {
    return "http://localhost:" + server.getAddress().getPort();
  }

  String apicurioUrl() {
    return confluentUrl() + APICURIO;
  }

  /** Method and path of what was asked, in order. */
  synchronized List<String> requests() {
    return List.copyOf(requests);
  }

  /** Answers everything with this status from now on. */
  synchronized void failWith(int status) {
    failure = status;
  }

  @Override
  public void close() {
    server.stop(0);
  }

  private synchronized void handle(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getPath();
    requests.add(exchange.getRequestMethod() + " " + path);
    byte[] body = exchange.getRequestBody().readAllBytes();
    if (failure != 0) {
      answer(exchange, failure, Map.of("title", "failing", "status", failure));
    } else if (path.matches("/subjects/[^/]+/versions")) {
      answer(exchange, 200, Map.of("id", register(JSON.readTree(body).get("schema"))));
    } else if (path.startsWith("/schemas/ids/")) {
      answerSchema(exchange, path, true);
    } else if (path.startsWith(APICURIO + "/groups/")) {
      JsonNode artifact = JSON.readTree(body);
      int id = register(artifact.at("/firstVersion/content/content"));
      String name = artifact.get("artifactId").textValue();
      Map<String, Object> version =
          Map.of(
              "globalId",
              id,
              "contentId",
              id,
              "groupId",
              "default",
              "artifactId",
              name,
              "version",
              "1");
      answer(exchange, 200, Map.of("version", version));
    } else if (path.endsWith("/references")) {
      answer(exchange, 200, List.of());
    } else if (path.startsWith(APICURIO + "/ids/contentIds/")) {
      answerSchema(exchange, path, false);
    } else {
      answer(exchange, 404, Map.of("title", "no such path", "status", 404));
    }
  }

  private int register(JsonNode schema) {
    if (!schemas.contains(schema.textValue())) {
      schemas.add(schema.textValue());
    }
    return schemas.indexOf(schema.textValue()) + 1;
  }

  private void answerSchema(HttpExchange exchange, String path, boolean wrapped)
      throws IOException {
    int id = Integer.parseInt(path.substring(path.lastIndexOf('/') + 1));
    if (id < 1 || id > schemas.size()) {
      answer(exchange, 404, Map.of("error_code", 40403, "title", "no schema " + id, "status", 404));
    } else if (wrapped) {
      answer(exchange, 200, Map.of("schema", schemas.get(id - 1)));
    } else {
      answer(exchange, 200, JSON.readTree(schemas.get(id - 1)));
    }
  }

  private static void answer(HttpExchange exchange, int status, Object body) throws IOException {
    byte[] bytes = JSON.writeValueAsString(body).getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    exchange.sendResponseHeaders(status, bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }
}
