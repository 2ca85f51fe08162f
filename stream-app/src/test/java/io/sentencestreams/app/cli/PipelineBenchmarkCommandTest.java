package io.sentencestreams.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The short forms of the benchmarks. What they measure is not asserted; that each text came out
 * once they check themselves.
 */
class PipelineBenchmarkCommandTest {
  @TempDir private Path folder;

  @Test
  void shouldAccountForWhereThePipelinesTimeGoes() throws IOException {
    CommandRun run =
        CommandRun.of(
            "benchmark", "pipeline", "--part", "ceiling", "--rounds", "1", "--records", "2000",
            "--json");
    assertThat(run.exitCode()).as(run.err()).isZero();
    JsonNode report = run.json().get(0);
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
            "benchmark", "pipeline", "--part", "rates", "--part", "latency", "--rounds", "1",
            "--seconds", "0.2", "--idle-texts", "1", "--input", input.toString());
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
  void shouldRefuseWhatCannotBeMeasured() {
    CommandRun run = CommandRun.of("benchmark", "pipeline", "--rounds", "0");
    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err()).contains("--rounds");
  }
}
