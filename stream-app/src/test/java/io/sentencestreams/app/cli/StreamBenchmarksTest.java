package io.sentencestreams.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The short forms of the benchmarks. What they measure is not asserted; that each text came out
 * once they check themselves.
 */
class StreamBenchmarksTest {
  @TempDir private Path folder;

  @Test
  void shouldAccountForWhereThePipelinesTimeGoes() throws IOException {
    JsonNode report =
        only(
            CommandRun.of(
                "benchmark",
                "pipeline",
                "--part",
                "ceiling",
                "--rounds",
                "1",
                "--records",
                "2000",
                "--json"));
    assertThat(report.get("rates").isNull()).isTrue();
    JsonNode ceiling = report.get("ceiling");
    assertThat(ceiling.get("records").asLong()).isEqualTo(2000);
    assertThat(ceiling.get("one").asDouble()).isPositive();
    assertThat(ceiling.get("many").asDouble()).isPositive();
    assertThat(ceiling.get("outputBytes").asDouble()).isGreaterThan(384 * 8);
    assertThat(ceiling.get("changelogRecords").asLong()).isPositive();
    assertThat(ceiling.get("changelogBytes").asDouble()).isPositive();
    assertThat(ceiling.get("microseconds").fieldNames())
        .toIterable()
        .contains("stream threads", "encoder threads", "broker, a process of its own");
  }

  @Test
  void shouldCompareThePipelineWithTheBareEncoderAndTimeItsTexts() throws IOException {
    Path input = Files.write(folder.resolve("texts"), List.of("A cat sits.", "", "A dog runs."));
    CommandRun run =
        CommandRun.of(
            "benchmark",
            "pipeline",
            "--part",
            "rates",
            "--part",
            "latency",
            "--rounds",
            "1",
            "--seconds",
            "0.2",
            "--records",
            "500",
            "--idle-texts",
            "1",
            "--warm-up",
            "0.1",
            "--input",
            input.toString());
    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(run.out())
        .contains(
            "texts, ",
            "the bare encoder",
            "topic to topic, 1 partition ",
            "topic to topic, 12 partitions",
            "a single text on an idle system");
  }

  @Test
  void shouldPassEveryTextOnceWhileItWatchesTheMemoryOfAModelsStream() throws IOException {
    JsonNode report =
        only(
            CommandRun.of(
                "benchmark",
                "memory",
                "--records",
                "200",
                "--sample-seconds",
                "0.05",
                "--heap",
                "512m",
                "--json"));
    assertThat(report.get("encoder").asText()).isEqualTo("model");
    assertThat(report.get("in").asLong()).isEqualTo(200);
    assertThat(report.get("out").asLong()).isEqualTo(200);
    assertThat(report.get("mostMegabytes").asDouble())
        .isGreaterThanOrEqualTo(report.get("lastMegabytes").asDouble());
  }

  @Test
  void shouldPassEveryTextOnceWhileItWatchesTheMemoryOfALookUpStream() throws IOException {
    JsonNode report =
        only(
            CommandRun.of(
                "benchmark",
                "memory",
                "--encoder",
                "lookup",
                "--records",
                "5000",
                "--heap",
                "512m",
                "--json"));
    assertThat(report.get("in").asLong()).isEqualTo(5000);
    assertThat(report.get("out").asLong()).isEqualTo(5000);
    assertThat(report.get("firstMegabytes").asDouble()).isPositive();
    assertThat(report.get("changelogRecords").asLong()).isPositive();
  }

  @Test
  void shouldAccountForTheStart() throws IOException {
    JsonNode report = only(CommandRun.of("benchmark", "start", "--rounds", "1", "--json"));
    double parts = 0;
    for (JsonNode part : report.get("parts")) {
      parts += part.asDouble();
    }
    assertThat(report.get("parts").size()).isEqualTo(10);
    assertThat(parts).isEqualTo(report.get("firstEmbedding").asDouble());
    assertThat(report.get("model").asDouble()).isPositive();
  }

  @Test
  void shouldTakeEachTextIntoTheWindowOnceOnEachLayout() throws IOException {
    CommandRun run =
        CommandRun.of("benchmark", "scaling", "--rounds", "1", "--records", "500", "--json");
    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(run.json())
        .extracting(row -> row.get("instances").asInt() + "x" + row.get("threads").asInt())
        .containsExactly("1x1", "1x4", "2x1", "2x2");
    for (JsonNode row : run.json()) {
      assertThat(row.get("recordsPerSecond").asDouble()).isPositive();
      assertThat(row.get("routedBytes").asDouble()).isPositive();
      assertThat(row.get("changelogBytes").asDouble()).isPositive();
    }
  }

  @Test
  void shouldHandTheWholeWindowOver() throws IOException {
    JsonNode report = only(CommandRun.of("benchmark", "takeover", "--records", "500", "--json"));
    assertThat(report.get("records").asInt()).isEqualTo(500);
    assertThat(report.get("memoryBytes").asDouble()).isGreaterThan(500 * 384 * 2);
    assertThat(report.get("warmSeconds").asDouble()).isPositive();
    assertThat(report.get("coldSeconds").asDouble()).isPositive();
  }

  @ParameterizedTest
  @ValueSource(strings = {"pipeline", "scaling"})
  void shouldRefuseWhatCannotBeMeasured(String benchmark) {
    CommandRun run = CommandRun.of("benchmark", benchmark, "--rounds", "0");
    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err()).contains("--rounds");
  }

  private static JsonNode only(CommandRun run) throws IOException {
    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(run.json()).hasSize(1);
    return run.json().get(0);
  }
}
