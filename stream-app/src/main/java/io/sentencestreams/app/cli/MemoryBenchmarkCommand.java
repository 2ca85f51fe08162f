package io.sentencestreams.app.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.sentencestreams.app.benchmark.BenchmarkTexts;
import io.sentencestreams.app.benchmark.MemoryBenchmark;
import io.sentencestreams.app.benchmark.MemoryReport;
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
    name = "memory",
    description = {
      "Feeds the stream as fast as it takes the texts, and watches the resident memory of its"
          + " process; counts that as many embeddings come out as texts went in; then times a restore"
          + " without local state."
    },
    footer = {
      "",
      "Examples:",
      "  sentence-streams benchmark memory --minutes 20",
      "  sentence-streams benchmark memory --encoder lookup --records 1000000"
    })
final class MemoryBenchmarkCommand implements Callable<Integer> {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final double UNBOUNDED = 24 * 60;
  private static final double DEFAULT_MINUTES = 20;
  private static final double SLOPE_FROM = 5;

  @Spec private CommandSpec spec;
  @Mixin private BenchmarkOptions feed;

  /** What encodes. */
  enum Encoder {
    MODEL,
    LOOKUP
  }

  @Option(
      names = "--encoder",
      defaultValue = "model",
      paramLabel = "E",
      description =
          "model, or lookup, which only looks vectors up and so passes as many records as the"
              + " pipeline can; default: ${DEFAULT-VALUE}.")
  private Encoder encoder;

  @Option(
      names = "--minutes",
      paramLabel = "N",
      description = "How long to feed; default: 20, or without end where --records is given.")
  private Double minutes;

  @Option(names = "--records", paramLabel = "N", description = "How many texts to feed.")
  private Long records;

  @Option(
      names = "--slope-from",
      paramLabel = "N",
      description =
          "The minute from which on growth is fitted; default: 5, or half of a shorter run.")
  private Double slopeFrom;

  @Option(
      names = "--sample-seconds",
      defaultValue = "5",
      paramLabel = "S",
      description = "Between two samples; default: ${DEFAULT-VALUE}.")
  private double sampleSeconds;

  @Option(
      names = "--heap",
      defaultValue = "1g",
      paramLabel = "SIZE",
      description =
          "Heap of the stream's process, fixed and touched at the start, so that what grows is"
              + " native memory; a heap that leaks ends the process; default: ${DEFAULT-VALUE}.")
  private String heap;

  @Override
  public Integer call() throws IOException, InterruptedException {
    double length = minutes != null ? minutes : records != null ? UNBOUNDED : DEFAULT_MINUTES;
    long most = records != null ? records : Long.MAX_VALUE;
    if (!(length > 0) || most < 1 || !(sampleSeconds > 0)) {
      throw new CommandLine.ParameterException(
          spec.commandLine(), "--minutes, --records and --sample-seconds must be more than 0");
    }
    double from = slopeFrom != null ? slopeFrom : Math.min(SLOPE_FROM, length / 2);
    BenchmarkTexts texts = feed.texts();
    PrintWriter err = spec.commandLine().getErr();
    MemoryBenchmark.Options options =
        new MemoryBenchmark.Options(
            encoder == Encoder.LOOKUP, length, most, from, sampleSeconds, heap);
    MemoryReport report =
        feed.withFolder(
            folder -> {
              try (MemoryBenchmark benchmark =
                  new MemoryBenchmark(
                      options,
                      feed.config(),
                      texts,
                      folder,
                      step -> {
                        err.println(step);
                        err.flush();
                      })) {
                return benchmark.run();
              }
            });
    if (feed.json()) {
      spec.commandLine().getOut().println(JSON.valueToTree(report).toString());
    } else {
      print(spec.commandLine().getOut(), report);
    }
    return 0;
  }

  private static void print(PrintWriter out, MemoryReport report) {
    line(out, "%s, encoder: %s, %.1f minutes", report.texts(), report.encoder(), report.minutes());
    line(
        out,
        "%,d texts in, %,d embeddings out: %,.0f texts/s",
        report.in(),
        report.out(),
        report.textsPerSecond());
    line(
        out,
        "resident memory: %.0f MB at the first embedding, %.0f MB at the end, %.0f MB at most",
        report.firstMegabytes(),
        report.lastMegabytes(),
        report.mostMegabytes());
    line(
        out,
        Double.isNaN(report.slope())
            ? "the run was too short for a slope"
            : "slope from minute %.1f on: %+.2f MB a minute",
        report.slopeFrom(),
        report.slope());
    line(
        out,
        "start to running without local state, %,d records on the changelog: %.2f s",
        report.changelogRecords(),
        report.restoreSeconds());
  }

  private static void line(PrintWriter out, String format, Object... arguments) {
    out.println(String.format(Locale.ROOT, format, arguments));
  }
}
