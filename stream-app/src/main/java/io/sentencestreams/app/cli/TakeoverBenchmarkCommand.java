package io.sentencestreams.app.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.sentencestreams.app.benchmark.TakeoverBenchmark;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    name = "takeover",
    description = {
      "How long a full window of near-duplicates is without an owner: when one of two instances"
          + " leaves and the other, which held a standby of it, takes over, and when an instance"
          + " without local state reads it back from the changelogs. Texts are looked up, not"
          + " encoded. After a crash the group's session timeout comes on top."
    },
    footer = {"", "Example: sentence-streams benchmark takeover --records 1000000"})
final class TakeoverBenchmarkCommand implements Callable<Integer> {
  private static final ObjectMapper JSON = new ObjectMapper();

  @Spec private CommandSpec spec;
  @Mixin private BenchmarkOptions feed;
  @Mixin private LookupVectors lookup;

  @Option(
      names = "--records",
      defaultValue = "100000",
      paramLabel = "N",
      description = "Records in the window; default: ${DEFAULT-VALUE}.")
  private int records;

  @Override
  public Integer call() throws IOException, InterruptedException {
    CommandLine command = spec.commandLine();
    if (records < 1) {
      throw new CommandLine.ParameterException(command, "--records must be at least 1");
    }
    TakeoverBenchmark.Result result =
        lookup.measure(
            command,
            feed,
            records,
            workload -> {
              try (TakeoverBenchmark benchmark = new TakeoverBenchmark(workload)) {
                return benchmark.run();
              }
            });
    PrintWriter out = command.getOut();
    if (feed.json()) {
      out.println(JSON.valueToTree(result).toString());
    } else {
      line(out, "%,d records in the window, %,.0f MB", records, result.memoryBytes() / 1e6);
      line(out, "filled by two instances with standbys %10.0f records/s", result.fillPerSecond());
      line(out, "taken over by a standby               %10.2f s", result.warmSeconds());
      line(out, "restored from the changelogs          %10.2f s", result.coldSeconds());
    }
    return 0;
  }

  private static void line(PrintWriter out, String format, Object... arguments) {
    out.println(String.format(Locale.ROOT, format, arguments));
  }
}
