package io.sentencestreams.app.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.sentencestreams.app.benchmark.WindowBenchmark;
import io.sentencestreams.app.benchmark.WindowVectors;
import io.sentencestreams.model.SentenceEncoder;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    name = "window",
    description = {
      "The sliding window of vectors: records a second (searched, added, expired), recall and"
          + " precision against all fp32 cosines of a sample, and memory, beside brute force by"
          + " matrix products; one thread. Where there are fewer vectors than the window and its"
          + " slide take, near copies of them are added, at cosines from 0.8 to 0.999.",
      "tests/python/window_peers.py measures FAISS and hnswlib on the same --vectors."
    },
    footer = {
      "",
      "Example: sentence-streams benchmark window --input texts.txt --window 10000 --window 100000"
    })
final class WindowBenchmarkCommand implements Callable<Integer> {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int TOPICS = 4000;

  /** Seeded, so that each run sees the same vectors. */
  private final Random random = new Random(1);

  @Spec private CommandSpec spec;
  @Mixin private ModelOptions model;

  @Option(
      names = "--vectors",
      paramLabel = "FILE",
      description = "Vectors as little-endian 32-bit floats, row after row; default: made up.")
  private Path file;

  @Option(
      names = "--dimension",
      defaultValue = "384",
      paramLabel = "N",
      description = "Floats in a row of --vectors; default: ${DEFAULT-VALUE}.")
  private int dimension;

  @Option(names = "--input", paramLabel = "FILE", description = "Texts to encode, one a line.")
  private String input;

  @Option(
      names = "--window",
      defaultValue = "10000",
      paramLabel = "N",
      description = "Records in the window, several times for several; default: ${DEFAULT-VALUE}.")
  private List<Integer> windows;

  @Option(
      names = "--slide",
      defaultValue = "10000",
      paramLabel = "N",
      description = "Records that pass when it is full; default: ${DEFAULT-VALUE}.")
  private int slide;

  @Option(
      names = "--threshold",
      defaultValue = "0.9,0.95",
      split = ",",
      paramLabel = "T",
      description = "Least cosines; default: ${DEFAULT-VALUE}.")
  private List<Float> thresholds;

  @Option(
      names = "--sample",
      defaultValue = "500",
      paramLabel = "N",
      description = "Records compared with all fp32 cosines; default: ${DEFAULT-VALUE}.")
  private int sample;

  @Option(
      names = "--save",
      paramLabel = "FILE",
      description = "Write the vectors of the largest window to a file, for other programs.")
  private Path saved;

  @Option(names = "--json", description = "Print JSON, one object for each row.")
  private boolean json;

  @Override
  public Integer call() throws IOException {
    CommandLine command = spec.commandLine();
    check(command);
    int largest = windows.stream().mapToInt(Integer::intValue).max().orElseThrow();
    float[][] base = vectors(command, largest + slide);
    PrintWriter out = command.getOut();
    if (!json) {
      out.printf(
          "%9s %9s %10s %12s %12s %12s %8s %8s %6s %8s%n",
          "window",
          "threshold",
          "records/s",
          "per cpu s",
          "filling",
          "brute force",
          "recall",
          "pairs",
          "false",
          "float16");
    }
    for (int window : windows) {
      int size = window + slide;
      float[][] vectors =
          base.length >= size
              ? Arrays.copyOf(base, size)
              : WindowVectors.withCopies(random, base, size);
      if (saved != null && window == largest) {
        WindowVectors.write(saved, vectors);
      }
      WindowBenchmark benchmark = new WindowBenchmark(vectors);
      for (float threshold : thresholds) {
        print(out, benchmark.run(window, threshold, sample));
      }
    }
    return 0;
  }

  private void check(CommandLine command) {
    if (file != null && input != null) {
      throw new CommandLine.ParameterException(command, "--vectors or --input, not both");
    }
    if (slide < 1 || sample < 1 || dimension < 2 || windows.stream().anyMatch(size -> size < 1)) {
      throw new CommandLine.ParameterException(
          command, "--window, --slide and --sample must be at least 1, --dimension at least 2");
    }
    if (thresholds.stream().anyMatch(threshold -> !(threshold >= -1 && threshold <= 1))) {
      throw new CommandLine.ParameterException(
          command, "--threshold must be a cosine from -1 to 1");
    }
  }

  private float[][] vectors(CommandLine command, int most) throws IOException {
    if (file != null) {
      return WindowVectors.read(file, dimension, most);
    }
    if (input != null) {
      TextLines lines = TextLines.read(input);
      try (SentenceEncoder encoder = model.load(command)) {
        return lines.encode(encoder, model.encodeOptions(command));
      }
    }
    return WindowVectors.topics(random, Math.min(most, TOPICS), dimension);
  }

  private void print(PrintWriter out, WindowBenchmark.Row row) {
    if (json) {
      out.println(JSON.valueToTree(row).toString());
    } else {
      out.println(
          String.format(
              Locale.ROOT,
              "%9d %9.2f %10.0f %12.0f %12.0f %12.0f %8.4f %8d %6d %7.2fx",
              row.window(),
              row.threshold(),
              row.recordsPerSecond(),
              row.recordsPerCpuSecond(),
              row.fillPerCpuSecond(),
              row.bruteForcePerCpuSecond(),
              row.recall(),
              row.pairs(),
              row.falsePairs(),
              row.ofFloat16()));
    }
    out.flush();
  }
}
