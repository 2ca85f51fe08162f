package io.sentencestreams.app.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.sentencestreams.app.benchmark.ScalingBenchmark;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    name = "scaling",
    description = {
      "The stream with its window of near-duplicates, under exactly-once, on one and more threads"
          + " and instances, with an encoder that only looks vectors up: what the window itself"
          + " costs. The broker runs in a process of its own on this machine and takes its share of"
          + " the cores."
    },
    footer = {"", "Example: sentence-streams benchmark scaling --records 100000"})
final class ScalingBenchmarkCommand implements Callable<Integer> {
  private static final ObjectMapper JSON = new ObjectMapper();

  @Spec private CommandSpec spec;
  @Mixin private BenchmarkOptions feed;
  @Mixin private LookupVectors lookup;

  @Option(
      names = "--rounds",
      defaultValue = "3",
      paramLabel = "N",
      description = "Turns of each layout; default: ${DEFAULT-VALUE}.")
  private int rounds;

  @Option(
      names = "--records",
      defaultValue = "60000",
      paramLabel = "N",
      description = "Records in a turn, all of them in the window; default: ${DEFAULT-VALUE}.")
  private int records;

  @Override
  public Integer call() throws IOException, InterruptedException {
    CommandLine command = spec.commandLine();
    if (rounds < 1 || records < 5) {
      throw new CommandLine.ParameterException(
          command, "--rounds must be at least 1 and --records 5");
    }
    List<ScalingBenchmark.Row> rows =
        lookup.measure(
            command,
            feed,
            records,
            workload -> {
              try (ScalingBenchmark benchmark = new ScalingBenchmark(rounds, workload)) {
                return benchmark.run();
              }
            });
    print(command.getOut(), rows);
    return 0;
  }

  private void print(PrintWriter out, List<ScalingBenchmark.Row> rows) {
    if (feed.json()) {
      rows.forEach(row -> out.println(JSON.valueToTree(row).toString()));
      return;
    }
    line(out, "%d cores", Runtime.getRuntime().availableProcessors());
    line(
        out,
        "%9s %9s %10s %9s %14s %12s %14s %8s",
        "instances",
        "threads",
        "records/s",
        "of first",
        "cpu us/record",
        "routed bytes",
        "changelog bytes",
        "probes");
    for (ScalingBenchmark.Row row : rows) {
      line(
          out,
          "%9d %9d %10.0f %8.2fx %14.0f %12.0f %14.0f %8.2f",
          row.instances(),
          row.threads(),
          row.recordsPerSecond(),
          row.ofFirst(),
          row.cpuMicros().values().stream().mapToDouble(v -> v).sum(),
          row.routedBytes(),
          row.changelogBytes(),
          row.probes());
    }
    line(out, "%nmicroseconds of processor time a record, one instance of one thread");
    rows.get(0).cpuMicros().forEach((part, micros) -> line(out, "%-50s %8.1f", part, micros));
  }

  private static void line(PrintWriter out, String format, Object... arguments) {
    out.println(String.format(Locale.ROOT, format, arguments));
  }
}
