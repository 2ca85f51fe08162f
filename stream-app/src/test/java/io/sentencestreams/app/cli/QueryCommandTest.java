package io.sentencestreams.app.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.sentencestreams.app.StreamService;
import io.sentencestreams.app.broker.EmbeddedBroker;
import io.sentencestreams.app.query.QueryStream;
import io.sentencestreams.app.window.PlaneEncoder;
import io.sentencestreams.schemas.ClusterRecord;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The command line's questions to a running stream. */
class QueryCommandTest {
  private static final int TEXTS = 240;

  private static EmbeddedBroker broker;
  private static QueryStream stream;
  private static StreamService service;
  private static int port;

  @TempDir private static Path folder;

  @BeforeAll
  static void start() throws Exception {
    broker = EmbeddedBroker.start();
    stream = new QueryStream(broker, "query", folder);
    port = QueryStream.freePort();
    Map<String, Object> properties = stream.withClusters(stream.properties("one", port));
    properties.put("num.stream.threads", 1); // one that joins later would take partitions away
    service = QueryStream.start(properties, () -> new PlaneEncoder("v1"));
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < TEXTS; i++) {
      texts.add("topic" + i % 4 + "~30~variant" + i / 8); // each twice
    }
    stream.send(texts);
    stream.awaitTexts(port, TEXTS);
  }

  @AfterAll
  static void stop() {
    service.close();
    broker.close();
  }

  private static CommandRun query(String... arguments) {
    List<String> all = new ArrayList<>(List.of("query"));
    all.addAll(List.of(arguments));
    all.addAll(List.of("--url", "http://127.0.0.1:" + port));
    return CommandRun.of(all.toArray(String[]::new));
  }

  @Test
  void shouldPrintNeighboursAndDuplicatesOneALine() throws Exception {
    CommandRun found =
        query("neighbours", "--k", "2", "--min-similarity", "0.9", "topic1~30~variant0");
    assertThat(found.exitCode()).as(found.err()).isZero();
    assertThat(found.json())
        .hasSize(2)
        .allMatch(line -> line.path("text").asText().equals("topic1~30~variant0"))
        .allMatch(line -> line.path("similarity").asDouble() > 0.999);
    String id = found.json().get(0).path("id").asText();
    CommandRun duplicates = query("duplicates", id);
    assertThat(duplicates.exitCode()).as(duplicates.err()).isZero();
    assertThat(duplicates.json())
        .extracting(line -> line.path("id").asText())
        .containsExactly(found.json().get(1).path("id").asText());
    CommandRun texts = query("texts", id);
    assertThat(texts.json()).hasSize(1);
    assertThat(texts.err()).isEmpty();
  }

  @Test
  void shouldPrintClustersAndTheirMembers() {
    await()
        .atMost(QueryStream.PATIENCE)
        .untilAsserted(
            () -> {
              String id = stream.clusters().get(0).id();
              CommandRun cluster = query("cluster", id);
              assertThat(cluster.exitCode()).as(cluster.err()).isZero();
              assertThat(cluster.json()).hasSize(1);
              assertThat(cluster.json().get(0).path("id").asText()).isEqualTo(id);
              CommandRun members = query("members", "--limit", "5", id);
              assertThat(members.exitCode()).as(members.err()).isZero();
              assertThat(members.err()).contains("there are more");
              assertThat(members.json())
                  .hasSize(5)
                  .allMatch(line -> line.path("cluster").asText().equals(id));
              String text = members.json().get(0).path("id").asText();
              JsonNode ofText = query("cluster", "--of-text", text).json().get(0);
              assertThat(ofText.path("text").path("id").asText()).isEqualTo(text);
              assertThat(ofText.path("cluster").path("id").asText()).isEqualTo(id);
            });
    assertThat(stream.clusters())
        .anyMatch(cluster -> cluster.state() == ClusterRecord.State.ACTIVE);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "neighbours --k 0 a | 1 | k is 0, and must be from 1 to 1000",
        "neighbours | 2 | TEXT",
        "duplicates nobody | 1 | no text in the window has the id nobody",
        "duplicates --limit 0 nobody | 1 | limit is 0",
        "cluster v1-999 | 1 | there is no cluster v1-999",
        "cluster | 2 | --of-text",
        "cluster --of-text a v1-1 | 2 | and not both",
        "members a/b | 1 | there is no cluster a/b",
        "members --timeout-ms 0 a | 2 | --timeout-ms",
        "nonsense | 2 | nonsense"
      })
  void shouldSayWhatIsWrong(String line, int exitCode, String message) {
    CommandRun result = query(line.strip().split(" ", -1));
    assertThat(result.exitCode()).as(result.err()).isEqualTo(exitCode);
    assertThat(result.err()).contains(message.strip()).doesNotContain("\tat ");
    assertThat(result.out()).isEmpty();
  }

  @Test
  void shouldSayThatNobodyAnswersThere() {
    String gone = "http://127.0.0.1:" + QueryStream.freePort();
    CommandRun result = CommandRun.of("query", "texts", "a", "--url", gone);
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.err()).contains(gone + " cannot be reached").doesNotContain("\tat ");
    CommandRun noAddress = CommandRun.of("query", "texts", "a", "--url", "localhost:8080");
    assertThat(noAddress.exitCode()).isEqualTo(2);
    assertThat(noAddress.err()).contains("--url must be as http://HOST:PORT");
    // Something answers, but no stream.
    CommandRun elsewhere =
        CommandRun.of("query", "texts", "a", "--url", "http://127.0.0.1:" + port + "/health");
    assertThat(elsewhere.exitCode()).isEqualTo(1);
    assertThat(elsewhere.err()).contains("it is no stream that can be queried");
  }
}
