package io.sentencestreams.app.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.sentencestreams.app.benchmark.StartBenchmark;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    name = "start",
    description = {
      "From the launch of the demo to its first embedding, and what the time is spent on. The"
          + " launcher's own few hundredths of a second come before."
    },
    footer = {"", "Example: sentence-streams benchmark start --rounds 7"})
final class StartBenchmarkCommand implements Callable<Integer> {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final List<String> TEXT = List.of("A cat sits outside.");

  @Spec private CommandSpec spec;

  @Option(
      names = "--rounds",
      defaultValue = "5",
      paramLabel = "N",
      description = "Starts to time; default: ${DEFAULT-VALUE}.")
  private int rounds;

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  @Override
  public Integer call() throws IOException {
    if (rounds < 1) {
      throw new CommandLine.ParameterException(
          spec.commandLine(), "--rounds must be at least 1, but is " + rounds);
    }
    PrintWriter err = spec.commandLine().getErr();
    Path input = Files.createTempFile("sentence-streams", ".txt");
    StartBenchmark.Report report;
    try {
      Files.write(input, TEXT);
      report =
          StartBenchmark.run(
              rounds,
              input,
              round -> {
                err.printf("start %d of %d%n", round, rounds);
                err.flush();
              });
    } finally {
      Files.delete(input);
    }
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.println(JSON.valueToTree(report).toString());
      return 0;
    }
    line(out, "first embedding", report.firstEmbedding());
    for (Map.Entry<String, Double> part : report.parts().entrySet()) {
      line(out, "  " + part.getKey(), part.getValue());
    }
    line(out, "loading the model, beside the others", report.model());
    return 0;
  }

  private static void line(PrintWriter out, String what, double millis) {
    out.println(String.format(Locale.ROOT, "%-44s %6.0f ms", what, millis));
  }
}
