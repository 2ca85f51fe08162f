package io.sentencestreams.app.query;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import io.sentencestreams.app.window.Neighbour;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;

/**
 * {@link WindowQueries} over HTTP, as {@code /openapi.json} describes it: the nearest texts, texts
 * by id and their near-duplicates, clusters and their members. Errors are problems of RFC 9457.
 */
public final class QueryApi implements HttpHandler {
  /** {@value}: the folder of the queries. */
  public static final String WINDOW_PATH = "/window/";

  /** {@value}: the description. */
  public static final String OPENAPI_PATH = "/openapi.json";

  /** {@value}: where instances ask each other. */
  public static final String PEER_PATH = Wire.PEER_PATH;

  private static final String NEIGHBOURS = WINDOW_PATH + "neighbours";
  private static final String TEXTS = WINDOW_PATH + "texts/";
  private static final String DUPLICATES = "/duplicates";
  private static final String CLUSTER = "/cluster";
  private static final String CLUSTERS = WINDOW_PATH + "clusters/";
  private static final String MEMBERS = "/members";
  private static final int DEFAULT_TEXTS = 10;
  private static final int DEFAULT_DUPLICATES = 100;
  private static final int DEFAULT_MEMBERS = 100;
  private static final JsonNode OPENAPI = openApi();

  private final Supplier<WindowQueries> queries;
  private final int maxConcurrent;
  private final Semaphore own;
  private final Semaphore peers;

  /**
   * Serves queries.
   *
   * @param queries called at each request; null while there are none
   * @param maxConcurrent requests that are worked on at a time, and as many of other instances; so
   *     twice as many threads at most are here, however slowly bodies come in
   */
  public QueryApi(Supplier<WindowQueries> queries, int maxConcurrent) {
    this.queries = queries;
    this.maxConcurrent = maxConcurrent;
    this.own = new Semaphore(maxConcurrent);
    this.peers = new Semaphore(maxConcurrent);
  }

  private static JsonNode openApi() {
    try (InputStream in = QueryApi.class.getResourceAsStream("openapi.json")) {
      return Wire.JSON.readTree(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e); // it lies beside this class
    }
  }

  @Override
  public void handle(HttpExchange exchange) throws IOException {
    boolean ofPeer = exchange.getRequestURI().getRawPath().startsWith(PEER_PATH);
    Semaphore running = ofPeer ? peers : own;
    if (!running.tryAcquire()) {
      JsonExchange.handle(
          exchange,
          refused -> {
            throw new QueryException.TooMany(maxConcurrent);
          });
      return;
    }
    try {
      JsonExchange.handle(exchange, ofPeer ? this::answerPeer : this::answer);
    } finally {
      running.release();
    }
  }

  private JsonNode answerPeer(JsonExchange exchange) throws IOException {
    return queries().peerApi().answer(exchange);
  }

  private JsonNode answer(JsonExchange exchange) throws IOException {
    String path = exchange.rawPath();
    if (path.equals(OPENAPI_PATH)) {
      exchange.requireMethod("GET");
      return OPENAPI;
    }
    if (path.equals(NEIGHBOURS)) {
      exchange.requireMethod("POST");
      return neighbours(exchange);
    }
    if (path.startsWith(TEXTS)) {
      exchange.requireMethod("GET");
      String rest = path.substring(TEXTS.length());
      return rest.endsWith(DUPLICATES)
          ? duplicates(exchange, without(DUPLICATES, rest))
          : rest.endsWith(CLUSTER)
              ? clusterOfText(exchange, without(CLUSTER, rest))
              : texts(exchange, rest);
    }
    if (path.startsWith(CLUSTERS)) {
      exchange.requireMethod("GET");
      String rest = path.substring(CLUSTERS.length());
      return rest.endsWith(MEMBERS)
          ? members(exchange, without(MEMBERS, rest))
          : cluster(exchange, rest);
    }
    throw new Problem.Answer(
        new Problem(
            Problem.NOT_FOUND,
            "unknown_path",
            "there is no %s; %s describes what there is".formatted(path, OPENAPI_PATH)));
  }

  private static String without(String end, String path) {
    return path.substring(0, path.length() - end.length());
  }

  private WindowQueries queries() {
    WindowQueries current = queries.get();
    if (current == null) {
      throw new QueryException.Unavailable("not_started", "this instance has not started yet");
    }
    return current;
  }

  private JsonNode neighbours(JsonExchange exchange) throws IOException {
    NeighboursQuery query = QueryRequests.neighbours(exchange.body());
    Neighbours found = queries().neighbours(query);
    ObjectNode json = Wire.JSON.createObjectNode();
    json.put("model_version", found.modelVersion());
    json.put("truncated", found.truncated());
    put(json, "neighbours", found.neighbours());
    json.set("not_compared", Wire.JSON.valueToTree(found.notCompared()));
    putMissing(json, found.missing());
    return json;
  }

  private JsonNode texts(JsonExchange exchange, String rawId) {
    QueryRequests.TextsParameters parameters =
        QueryRequests.texts(exchange.rawQuery(), DEFAULT_TEXTS);
    String id = QueryRequests.decode(rawId);
    TextsOfId found = queries().texts(id, parameters.limit(), parameters.partial());
    ObjectNode json = Wire.JSON.createObjectNode();
    json.put("id", found.id());
    json.set("texts", Wire.JSON.valueToTree(found.texts()));
    json.put("more", found.more());
    putMissing(json, found.missing());
    return json;
  }

  private JsonNode duplicates(JsonExchange exchange, String rawId) {
    QueryRequests.TextsParameters parameters =
        QueryRequests.texts(exchange.rawQuery(), DEFAULT_DUPLICATES);
    String id = QueryRequests.decode(rawId);
    Duplicates found = queries().duplicates(id, parameters.limit(), parameters.partial());
    ObjectNode json = Wire.JSON.createObjectNode();
    json.set("text", Wire.JSON.valueToTree(found.text()));
    json.put("earlier_texts", found.earlierTexts());
    json.put("group", found.group());
    put(json, "duplicates", found.duplicates());
    json.put("more", found.more());
    json.set("not_compared", Wire.JSON.valueToTree(found.notCompared()));
    putMissing(json, found.missing());
    return json;
  }

  private JsonNode cluster(JsonExchange exchange, String rawId) {
    QueryRequests.parameters(exchange.rawQuery(), List.of());
    String id = QueryRequests.decode(rawId);
    return ClusterJson.of(queries().clusters().cluster(id));
  }

  private JsonNode members(JsonExchange exchange, String rawId) {
    QueryRequests.TextsParameters parameters =
        QueryRequests.texts(exchange.rawQuery(), DEFAULT_MEMBERS);
    String id = QueryRequests.decode(rawId);
    ClusterQueries.Members found =
        queries().clusters().members(id, parameters.limit(), parameters.partial());
    ObjectNode json = Wire.JSON.createObjectNode();
    json.set("cluster", ClusterJson.of(found.cluster()));
    json.putArray("members").addAll(found.members().stream().map(ClusterJson::of).toList());
    json.put("more", found.more());
    putMissing(json, found.missing());
    return json;
  }

  private JsonNode clusterOfText(JsonExchange exchange, String rawId) {
    boolean partial = QueryRequests.partial(exchange.rawQuery());
    String id = QueryRequests.decode(rawId);
    ClusterQueries.OfText found = queries().clusters().ofText(id, partial);
    ObjectNode json = Wire.JSON.createObjectNode();
    json.set("text", ClusterJson.of(found.text()));
    json.put("earlier_texts", found.earlierTexts());
    json.set("cluster", found.cluster() == null ? null : ClusterJson.of(found.cluster()));
    putMissing(json, found.missing());
    return json;
  }

  private static void put(ObjectNode json, String name, List<Neighbour> neighbours) {
    ArrayNode array = json.putArray(name);
    for (Neighbour neighbour : neighbours) {
      ObjectNode text = Wire.JSON.valueToTree(neighbour.text());
      text.put("similarity", neighbour.similarity());
      array.add(text);
    }
  }

  private static void putMissing(ObjectNode json, List<MissingPartition> missing) {
    json.put("partial", !missing.isEmpty());
    json.set("missing", Wire.JSON.valueToTree(missing));
  }
}
