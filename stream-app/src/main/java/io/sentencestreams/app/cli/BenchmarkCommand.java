package io.sentencestreams.app.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.sentencestreams.app.benchmark.EncoderAccount;
import io.sentencestreams.app.benchmark.EncoderBenchmark;
import io.sentencestreams.model.EncoderOptions;
import io.sentencestreams.model.Precision;
import io.sentencestreams.model.SentenceEncoder;
import io.sentencestreams.model.checkpoint.Checkpoint;
import io.sentencestreams.model.repository.ModelRepository;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    name = "benchmark",
    description = "Measures this program beside its peers, in one run on this machine.",
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      ArchitectureBenchmarkCommand.class,
      PipelineBenchmarkCommand.class,
      MemoryBenchmarkCommand.class,
      StartBenchmarkCommand.class,
      WindowBenchmarkCommand.class,
      ScalingBenchmarkCommand.class,
      TakeoverBenchmarkCommand.class,
      ClusterBenchmarkCommand.class,
      DriftBenchmarkCommand.class,
      LookupStreamCommand.class
    },
    footer = {"", "Example: sentence-streams benchmark encoder --rounds 7"})
final class BenchmarkCommand {
  private static final ObjectMapper JSON = new ObjectMapper();

  @Spec private CommandSpec spec;

  @Command(
      name = "encoder",
      description = {
        "The encoder beside ONNX Runtime (fp32 and int8), on the default model and the same token"
            + " ids, and beside LangChain4j on the same texts. Contenders take turns; a ratio over"
            + " 1 says that ours is faster. Then its share of what this machine gets out of large"
            + " matrix products, and where the rest of its time goes."
      })
  int encoder(
      @Option(
              names = "--rounds",
              defaultValue = "5",
              paramLabel = "N",
              description = "Turns of each contender; default: ${DEFAULT-VALUE}.")
          int rounds,
      @Option(
              names = "--scale",
              defaultValue = "1",
              paramLabel = "X",
              description = "Multiplies the number of texts in a turn; default: ${DEFAULT-VALUE}.")
          double scale,
      @Option(
              names = "--precision",
              defaultValue = "auto",
              paramLabel = "P",
              description = "Ours: auto, fp32, bf16, fp16 or int8; default: ${DEFAULT-VALUE}.")
          String precision,
      @Option(names = "--json", description = "Print JSON, one object for each row.")
          boolean asJson) {
    CommandLine command = spec.commandLine();
    if (rounds < 1 || !(scale > 0)) {
      throw new CommandLine.ParameterException(
          command, "--rounds must be at least 1 and --scale above 0");
    }
    if (!EncoderBenchmark.peersArePresent()) {
      throw new CommandException(
          "the peers are not on the class path; start the command through ./sentence-streams");
    }
    EncoderOptions options = EncoderOptions.DEFAULT.withPrecision(precision(command, precision));
    Checkpoint checkpoint = ModelRepository.ofUser().resolve(ModelRepository.DEFAULT_MODEL);
    try (SentenceEncoder ours = SentenceEncoder.load(checkpoint, options);
        SentenceEncoder oneThread =
            SentenceEncoder.load(
                checkpoint, options.withPrecision(ours.precision()).withIntraOpThreads(1));
        EncoderBenchmark benchmark = new EncoderBenchmark(ours)) {
      PrintWriter err = command.getErr();
      err.printf(
          "all-MiniLM-L6-v2 (%s) beside ONNX Runtime %s, %d cores, %d rounds%n",
          ours.precision(),
          EncoderBenchmark.peerVersion(),
          Runtime.getRuntime().availableProcessors(),
          rounds);
      List<EncoderBenchmark.Row> rows =
          benchmark.run(
              scale,
              rounds,
              workload -> {
                err.println("measuring: " + workload);
                err.flush();
              });
      print(command.getOut(), rows, asJson);
      err.println("measuring: the peak");
      err.flush();
      print(
          command.getOut(),
          benchmark.account(oneThread, checkpoint.config(), scale, rounds),
          asJson);
    }
    return 0;
  }

  private static Precision precision(CommandLine command, String name) {
    try {
      return Precision.parse(name);
    } catch (IllegalArgumentException e) {
      throw new CommandLine.ParameterException(command, "--precision: " + e.getMessage(), e);
    }
  }

  private static void print(PrintWriter out, List<EncoderBenchmark.Row> rows, boolean asJson) {
    if (!asJson) {
      out.printf(
          "%-40s %-18s %10s %10s %7s %8s%n",
          "texts", "encoder", "texts/s", "tokens/s", "ours", "cosine");
    }
    for (EncoderBenchmark.Row row : rows) {
      if (asJson) {
        out.println(JSON.valueToTree(row).toString());
      } else {
        out.println(
            String.format(
                Locale.ROOT,
                "%-40s %-18s %10.0f %10.0f %6.2fx %8.5f",
                row.workload(),
                row.contender(),
                row.textsPerSecond(),
                row.tokensPerSecond(),
                row.ours(),
                row.cosine()));
      }
    }
  }

  private static void print(PrintWriter out, EncoderAccount account, boolean asJson) {
    if (asJson) {
      out.println(JSON.valueToTree(account).toString());
      return;
    }
    out.println(
        String.format(
            Locale.ROOT,
            "%n%s, %s: %.0f Gflop/s, %.0f %% of the %.0f of large matrices in %s%n"
                + "where the time goes, on one thread:",
            account.workload(),
            account.precision(),
            account.gigaflops(),
            100 * account.share(),
            account.peakGigaflops(),
            account.peakPrecision()));
    account
        .shares()
        .forEach(
            (part, share) ->
                out.println(String.format(Locale.ROOT, "%6.1f %%  %s", 100 * share, part)));
  }
}
