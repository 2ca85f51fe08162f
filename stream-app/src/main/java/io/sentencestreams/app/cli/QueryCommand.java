package io.sentencestreams.app.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import java.util.TreeMap;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

@Command(
    name = "query",
    description = {
      "Asks a running stream about its window and its clusters, through any of its instances.",
      "Prints JSON, one object a line: a neighbour, near-duplicate, text or member each, or the one"
          + " cluster. What else there is to say goes to standard error."
    },
    synopsisSubcommandLabel = "COMMAND",
    footer = {
      "",
      "Examples:",
      "  sentence-streams query neighbours --k 3 'Central bank raises rates'",
      "  sentence-streams query duplicates --url http://10.0.0.7:8080 texts-0-17",
      "  sentence-streams query cluster --of-text texts-0-17",
      "  sentence-streams query members --limit 20 070daa92bff6-fp32-12"
    })
final class QueryCommand {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int OK = 200;

  @Spec private CommandSpec spec;

  @Option(
      names = "--url",
      scope = ScopeType.INHERIT,
      defaultValue = "http://127.0.0.1:8080",
      paramLabel = "URL",
      description = "An instance of the stream (http.host, http.port); default: ${DEFAULT-VALUE}.")
  private URI url;

  @Option(
      names = "--partial",
      scope = ScopeType.INHERIT,
      description = "Take an answer without the partitions that do not answer, rather than none.")
  private boolean partial;

  @Option(
      names = "--timeout-ms",
      scope = ScopeType.INHERIT,
      defaultValue = "30000",
      paramLabel = "MS",
      description = "Wait so long for the answer; default: ${DEFAULT-VALUE}.")
  private long timeoutMillis;

  @Command(name = "neighbours", description = "The texts of the window nearest to a text.")
  int neighbours(
      @Parameters(paramLabel = "TEXT", description = "The text.") String text,
      @Option(
              names = "--k",
              defaultValue = "10",
              paramLabel = "K",
              description = "How many at most; default: ${DEFAULT-VALUE}.")
          int k,
      @Option(
              names = "--min-similarity",
              defaultValue = "-1",
              paramLabel = "S",
              description = "Least cosine; default: ${DEFAULT-VALUE}.")
          float minSimilarity)
      throws InterruptedException {
    ObjectNode body = JSON.createObjectNode().put("text", text).put("k", k);
    body.put("min_similarity", minSimilarity).put("partial", partial);
    JsonNode answer =
        send(
            request("/window/neighbours", Map.of())
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body.toString())));
    print(answer.path("neighbours"));
    if (answer.path("truncated").asBoolean()) {
      say("the text has more tokens than the model takes; its beginning was searched for");
    }
    return end(answer);
  }

  @Command(name = "texts", description = "The texts of the window with an id, the latest first.")
  int texts(
      @Parameters(paramLabel = "ID", description = "The id, as in the embedding.") String id,
      @Option(names = "--limit", paramLabel = "N", description = "How many at most.") Integer limit)
      throws InterruptedException {
    JsonNode answer = get("/window/texts/" + escape(id), limit);
    print(answer.path("texts"));
    return end(answer);
  }

  @Command(
      name = "duplicates",
      description = "The near-duplicates of the latest text with an id, the most similar first.")
  int duplicates(
      @Parameters(paramLabel = "ID", description = "The id, as in the embedding.") String id,
      @Option(names = "--limit", paramLabel = "N", description = "How many at most.") Integer limit)
      throws InterruptedException {
    JsonNode answer = get("/window/texts/" + escape(id) + "/duplicates", limit);
    print(answer.path("duplicates"));
    if (answer.hasNonNull("group")) {
      say("group " + answer.path("group").asText());
    }
    return end(answer);
  }

  @Command(
      name = "cluster",
      description = "A cluster by its id, or the one that a text is in (null: noise).")
  int cluster(
      @Parameters(
              arity = "0..1",
              paramLabel = "ID",
              description = "The cluster's id, as on the topic of clusters.")
          String id,
      @Option(
              names = "--of-text",
              paramLabel = "TEXT_ID",
              description = "The latest text with this id instead, with its cluster.")
          String text)
      throws InterruptedException {
    if ((id == null) == (text == null)) {
      throw new ParameterException(
          spec.commandLine(), "give a cluster's ID or --of-text, and not both");
    }
    if (text != null) {
      JsonNode answer = get("/window/texts/" + escape(text) + "/cluster", null);
      ObjectNode line = JSON.createObjectNode();
      line.set("text", answer.path("text"));
      line.set("cluster", answer.path("cluster"));
      out(line);
      return end(answer);
    }
    JsonNode answer = send(request("/window/clusters/" + escape(id), Map.of()).GET());
    out(answer);
    return 0;
  }

  @Command(
      name = "members",
      description = "The texts of the window that are in a cluster, the latest first.")
  int members(
      @Parameters(paramLabel = "ID", description = "The cluster's id, as on the topic of clusters.")
          String id,
      @Option(names = "--limit", paramLabel = "N", description = "How many at most.") Integer limit)
      throws InterruptedException {
    JsonNode answer = get("/window/clusters/" + escape(id) + "/members", limit);
    print(answer.path("members"));
    JsonNode cluster = answer.path("cluster");
    if (!cluster.path("state").asText().equals("active")) {
      String into = cluster.path("merged_into").asText();
      say(
          "the cluster has ended: it is "
              + cluster.path("state").asText()
              + (into.isEmpty() ? "" : " into " + into));
    }
    return end(answer);
  }

  private JsonNode get(String path, Integer limit) throws InterruptedException {
    Map<String, String> parameters = new TreeMap<>();
    if (limit != null) {
      parameters.put("limit", limit.toString());
    }
    if (partial) {
      parameters.put("partial", "true");
    }
    return send(request(path, parameters).GET());
  }

  private HttpRequest.Builder request(String path, Map<String, String> parameters) {
    if (url.getHost() == null || !List.of("http", "https").contains(url.getScheme())) {
      throw new ParameterException(
          spec.commandLine(), "--url must be as http://HOST:PORT, not " + url);
    }
    if (timeoutMillis < 1) {
      throw new ParameterException(
          spec.commandLine(), "--timeout-ms must be at least 1, not " + timeoutMillis);
    }
    StringJoiner query = new StringJoiner("&", "?", "").setEmptyValue("");
    parameters.forEach((name, value) -> query.add(name + "=" + value));
    String base = url.toString().replaceFirst("/+$", "");
    return HttpRequest.newBuilder(URI.create(base + path + query))
        .timeout(Duration.ofMillis(timeoutMillis));
  }

  private JsonNode send(HttpRequest.Builder builder) throws InterruptedException {
    HttpRequest request = builder.build();
    HttpClient client =
        HttpClient.newBuilder().connectTimeout(Duration.ofMillis(timeoutMillis)).build();
    HttpResponse<String> response;
    try {
      response = client.send(request, HttpResponse.BodyHandlers.ofString());
    } catch (HttpTimeoutException e) {
      throw new CommandException(
          "%s did not answer within %,d ms (--timeout-ms)".formatted(url, timeoutMillis), e);
    } catch (ConnectException e) {
      throw new CommandException(
          "%s cannot be reached: does a stream run there, with http.port of that number? (--url)"
              .formatted(url),
          e);
    } catch (IOException e) {
      throw new CommandException("the connection to %s broke: %s".formatted(url, e), e);
    }
    JsonNode answer = read(response);
    if (response.statusCode() != OK) {
      throw new CommandException(
          answer == null || !answer.hasNonNull("detail")
              ? "%s answered with status %d: it is no stream that can be queried (a window or clusters, and query.http)"
                  .formatted(request.uri(), response.statusCode())
              : answer.path("detail").asText(),
          null);
    }
    if (answer == null) {
      throw new CommandException(request.uri() + " did not answer with JSON", null);
    }
    return answer;
  }

  private static JsonNode read(HttpResponse<String> response) {
    try {
      JsonNode json = JSON.readTree(response.body());
      return json.isObject() ? json : null;
    } catch (IOException e) {
      return null; // the caller says that it is no JSON
    }
  }

  private static String escape(String id) {
    return URLEncoder.encode(id, StandardCharsets.UTF_8).replace("+", "%20");
  }

  private void print(JsonNode array) {
    array.forEach(this::out);
  }

  private void out(JsonNode line) {
    spec.commandLine().getOut().println(line);
  }

  private void say(String what) {
    spec.commandLine().getErr().println(what);
  }

  private int end(JsonNode answer) {
    if (answer.path("more").asBoolean()) {
      say("there are more: --limit");
    }
    answer
        .path("missing")
        .forEach(
            missing ->
                say(
                    "without partition %s-%d: %s"
                        .formatted(
                            missing.path("store").asText(),
                            missing.path("partition").asInt(),
                            missing.path("reason").asText())));
    return 0;
  }
}
