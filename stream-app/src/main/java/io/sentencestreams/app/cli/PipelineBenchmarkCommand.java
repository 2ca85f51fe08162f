package io.sentencestreams.app.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.sentencestreams.app.Encoders;
import io.sentencestreams.app.benchmark.BenchmarkTexts;
import io.sentencestreams.app.benchmark.PipelineBenchmark;
import io.sentencestreams.app.benchmark.PipelineReport;
import io.sentencestreams.model.SentenceEncoder;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    name = "pipeline",
    description = {
      "Topic to topic under exactly-once, beside the bare encoder on the same texts; latency; and"
          + " the pipeline's own ceiling, with an encoder that only looks vectors up. The broker"
          + " runs in a process of its own on this machine and takes its share of the cores."
    },
    footer = {
      "",
      "Examples:",
      "  sentence-streams benchmark pipeline --input titles.txt",
      "  sentence-streams benchmark pipeline --part ceiling --records 200000"
    })
final class PipelineBenchmarkCommand implements Callable<Integer> {
  private static final ObjectMapper JSON = new ObjectMapper();

  @Spec private CommandSpec spec;
  @Mixin private BenchmarkOptions feed;

  /** What can be measured alone. */
  enum Part {
    RATES,
    LATENCY,
    CEILING
  }

  @Option(
      names = "--part",
      paramLabel = "PART",
      description = "Only this: rates, latency, or ceiling; may be repeated; default: all.")
  private Part[] parts;

  @Option(
      names = "--rounds",
      defaultValue = "5",
      paramLabel = "N",
      description = "Turns of each contender; default: ${DEFAULT-VALUE}.")
  private int rounds;

  @Option(
      names = "--seconds",
      defaultValue = "20",
      paramLabel = "S",
      description = "Length of a turn of the real encoder, about; default: ${DEFAULT-VALUE}.")
  private double seconds;

  @Option(
      names = "--records",
      defaultValue = "60000",
      paramLabel = "N",
      description = "Records in a turn of the look-up encoder; default: ${DEFAULT-VALUE}.")
  private int records;

  @Option(
      names = "--idle-texts",
      defaultValue = "50",
      paramLabel = "N",
      description = "Single texts on an idle system; default: ${DEFAULT-VALUE}.")
  private int idleTexts;

  @Option(
      names = "--warm-up",
      defaultValue = "60",
      paramLabel = "S",
      description =
          "Seconds at that rate before latency is measured, while the compiler is at work; default:"
              + " ${DEFAULT-VALUE}.")
  private double warmUpSeconds;

  @Option(
      names = "--rate",
      paramLabel = "R",
      description = "Texts a second while latency is measured; default: half of what was measured.")
  private Double rate;

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (rate != null && !(rate > 0)) {
      throw new CommandLine.ParameterException(spec.commandLine(), "--rate must be more than 0");
    }
    if (warmUpSeconds < 0) {
      throw new CommandLine.ParameterException(
          spec.commandLine(), "--warm-up must not be negative");
    }
    if (rounds < 1 || !(seconds > 0) || records < 1 || idleTexts < 1) {
      throw new CommandLine.ParameterException(
          spec.commandLine(),
          "--rounds, --seconds, --records and --idle-texts must be more than 0");
    }
    List<Part> wanted = List.of(parts == null ? Part.values() : parts);
    BenchmarkTexts texts = feed.texts();
    PrintWriter err = spec.commandLine().getErr();
    PipelineReport report =
        feed.withFolder(
            folder -> {
              try (PipelineBenchmark benchmark =
                  new PipelineBenchmark(
                      new PipelineBenchmark.Options(
                          rounds, seconds, records, idleTexts, warmUpSeconds),
                      feed.config(),
                      texts,
                      folder,
                      step -> {
                        err.println(step);
                        err.flush();
                      })) {
                return measure(benchmark, texts, wanted);
              }
            });
    if (feed.json()) {
      spec.commandLine().getOut().println(JSON.valueToTree(report).toString());
    } else {
      print(spec.commandLine().getOut(), report);
    }
    return 0;
  }

  private PipelineReport measure(
      PipelineBenchmark benchmark, BenchmarkTexts texts, List<Part> wanted)
      throws InterruptedException {
    PipelineReport.Ceiling ceiling = wanted.contains(Part.CEILING) ? benchmark.ceiling() : null;
    PipelineReport.Rates rates = null;
    PipelineReport.Latencies latency = null;
    if (wanted.contains(Part.RATES) || wanted.contains(Part.LATENCY)) {
      try (SentenceEncoder encoder = Encoders.loader(feed.appConfig(), (model, step) -> {}).get()) {
        if (wanted.contains(Part.RATES) || rate == null) {
          rates = benchmark.rates(encoder);
        }
        if (wanted.contains(Part.LATENCY)) {
          latency =
              benchmark.latency(encoder, rate == null ? rates.many().textsPerSecond() / 2 : rate);
        }
      }
    }
    return new PipelineReport(
        texts.name(), Runtime.getRuntime().availableProcessors(), rates, latency, ceiling);
  }

  private static void print(PrintWriter out, PipelineReport report) {
    line(out, "%s, %d cores", report.texts(), report.cores());
    PipelineReport.Rates rates = report.rates();
    if (rates != null) {
      line(out, "%n%s, %,d texts in a turn", rates.encoder(), rates.textsInATurn());
      line(
          out,
          "%-32s %8s %8s %12s %8s %14s",
          "",
          "texts/s",
          "of bare",
          "cpu us/text",
          "of bare",
          "without broker");
      contender(out, "the bare encoder", rates.bare());
      contender(out, "topic to topic, 1 partition", rates.one());
      contender(out, "topic to topic, 12 partitions", rates.many());
      line(out, "12 partitions do %.1f %% of 1", 100 * rates.manyToOne());
      line(out, "changelog: %.0f bytes a record", rates.many().changelogBytes());
      line(out, "%nmicroseconds of processor time a text%14s %8s %8s", "bare", "1", "12");
      for (String part : rates.bare().parts().keySet()) {
        line(
            out,
            "%-42s %8.0f %8.0f %8.0f",
            part,
            rates.bare().parts().get(part),
            rates.one().parts().get(part),
            rates.many().parts().get(part));
      }
    }
    PipelineReport.Latencies latency = report.latency();
    if (latency != null) {
      line(out, "%n%-40s %8s %8s %8s", "milliseconds from topic to topic", "p50", "p99", "max");
      latency(out, "at %.0f texts/s".formatted(latency.perSecond()), latency.atHalfRate());
      latency(out, "a single text on an idle system", latency.idle());
    }
    PipelineReport.Ceiling ceiling = report.ceiling();
    if (ceiling != null) {
      line(out, "%nwith an encoder that only looks up, %,d records in a turn", ceiling.records());
      line(out, "%-40s %10.0f records/s", "1 partition", ceiling.one());
      line(out, "%-40s %10.0f records/s", "12 partitions", ceiling.many());
      line(out, "12 partitions do %.1f %% of 1", 100 * ceiling.manyToOne());
      line(out, "%nmicroseconds of processor time a record");
      double all = ceiling.microseconds().values().stream().mapToDouble(v -> v).sum();
      for (Map.Entry<String, Double> part : ceiling.microseconds().entrySet()) {
        line(
            out,
            "%-50s %8.1f %5.1f %%",
            part.getKey(),
            part.getValue(),
            100 * part.getValue() / all);
      }
      line(out, "%nthe stream thread's time, by samples");
      for (Map.Entry<String, Double> part : ceiling.streamThread().entrySet()) {
        line(out, "%-50s %14.1f %%", part.getKey(), 100 * part.getValue());
      }
      line(
          out,
          "%nan embedding takes %.0f bytes; changelog: %.1f bytes a record",
          ceiling.outputBytes(),
          ceiling.changelogBytes());
      line(
          out,
          "start to running: %.2f s; with %,d records on the changelog and no local state: %.2f s",
          ceiling.startSeconds(),
          ceiling.changelogRecords(),
          ceiling.restoreSeconds());
    }
  }

  private static void contender(PrintWriter out, String what, PipelineReport.Contender is) {
    line(
        out,
        "%-32s %8.0f %6.1f %% %12.0f %6.1f %% %12.1f %%",
        what,
        is.textsPerSecond(),
        100 * is.ofBare(),
        is.cpuMicros(),
        100 * is.ofBareByCpu(),
        100 * is.ofBareWithoutBroker());
  }

  private static void latency(
      PrintWriter out, String what, io.sentencestreams.app.benchmark.LatencyProbe.Latency latency) {
    line(out, "%-40s %8.0f %8.0f %8.0f", what, latency.p50(), latency.p99(), latency.max());
  }

  private static void line(PrintWriter out, String format, Object... arguments) {
    out.println(String.format(Locale.ROOT, format, arguments));
  }
}
