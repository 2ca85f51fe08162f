package io.sentencestreams.app.cli;

import io.sentencestreams.app.benchmark.BenchmarkTexts;
import io.sentencestreams.app.benchmark.LookupWorkload;
import io.sentencestreams.app.benchmark.WindowVectors;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Random;
import picocli.CommandLine;
import picocli.CommandLine.Option;

/** The vectors that an encoder looks up in a benchmark. */
final class LookupVectors {
  private static final int MOST_MADE_UP = 200_000;

  @Option(
      names = "--vectors",
      paramLabel = "FILE",
      description =
          "Vectors to look up, as little-endian 32-bit floats, row after row; default: made up,"
              + " at most 200,000.")
  private Path file;

  @Option(
      names = "--dimension",
      defaultValue = "384",
      paramLabel = "N",
      description = "Floats in a row; default: ${DEFAULT-VALUE}.")
  private int dimension;

  /**
   * The vectors of the file, or made up.
   *
   * @param most that are of use
   * @throws CommandLine.ParameterException if the dimension is out of range
   * @throws IOException if the file cannot be read
   */
  float[][] vectors(CommandLine command, int most) throws IOException {
    if (dimension < 2) {
      throw new CommandLine.ParameterException(command, "--dimension must be at least 2");
    }
    return file == null
        ? WindowVectors.topics(new Random(1), Math.min(most, MOST_MADE_UP), dimension)
        : WindowVectors.read(file, dimension, most);
  }

  /** What a benchmark does with a workload. */
  interface Benchmark<R> {
    /** The result. */
    R run(LookupWorkload workload) throws IOException, InterruptedException;
  }

  /**
   * Runs a benchmark of so many records; its progress goes to standard error.
   *
   * @throws CommandLine.ParameterException if the dimension is out of range
   */
  <R> R measure(CommandLine command, BenchmarkOptions feed, int records, Benchmark<R> benchmark)
      throws IOException, InterruptedException {
    float[][] vectors = vectors(command, records);
    BenchmarkTexts texts = feed.texts();
    PrintWriter err = command.getErr();
    return feed.withFolder(
        folder ->
            benchmark.run(
                new LookupWorkload(
                    records,
                    feed.config(),
                    texts,
                    vectors,
                    folder,
                    step -> {
                      err.println(step);
                      err.flush();
                    })));
  }
}
