package io.sentencestreams.app.cli;

import io.sentencestreams.model.SentenceEncoder;
import io.sentencestreams.trainer.retraining.DriftDetector;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "drift",
    description = {
      "How often retrain's trigger.drift finds a drift in texts that do not change (a file's lines,"
          + " shuffled again and again), and how often one where another file's lines come in."
    },
    footer = {"", "Example: sentence-streams benchmark drift --shifted snippets.txt titles.txt"})
final class DriftBenchmarkCommand implements Callable<Integer> {
  private static final String VERSION = "the model";

  @Spec private CommandSpec spec;

  @Mixin private ModelOptions model;

  @Parameters(paramLabel = "FILE", description = "Texts, one a line.")
  private String file;

  @Option(names = "--shifted", paramLabel = "FILE", description = "Texts of another kind.")
  private String shifted;

  @Option(
      names = "--share",
      defaultValue = "1",
      paramLabel = "X",
      description =
          "Share of the other file's lines among those that come in; default: ${DEFAULT-VALUE}.")
  private double share;

  @Option(
      names = "--texts",
      defaultValue = "500",
      paramLabel = "N",
      description = "As trigger.drift.texts; default: ${DEFAULT-VALUE}.")
  private int size;

  @Option(
      names = "--p-value",
      defaultValue = "0.001",
      paramLabel = "P",
      description = "As trigger.drift.p.value; default: ${DEFAULT-VALUE}.")
  private double bound;

  @Option(
      names = "--comparisons",
      defaultValue = "1000",
      paramLabel = "N",
      description = "Comparisons at least; default: ${DEFAULT-VALUE}.")
  private int comparisons;

  @Override
  public Integer call() {
    CommandLine command = spec.commandLine();
    if (size < 2 || !(bound > 0 && bound < 1) || comparisons < 1 || !(share > 0 && share <= 1)) {
      throw new CommandLine.ParameterException(
          command,
          "--texts must be at least 2, --p-value between 0 and 1, --comparisons at least 1, and"
              + " --share above 0 and at most 1");
    }
    float[][] usual;
    float[][] other = {};
    try (SentenceEncoder encoder = model.load(command)) {
      usual = TextLines.read(file).encode(encoder, model.encodeOptions(command));
      if (shifted != null) {
        other = TextLines.read(shifted).encode(encoder, model.encodeOptions(command));
      }
    }
    if (usual.length < 2 * size) {
      throw new CommandException("%s has fewer than %d texts".formatted(file, 2 * size));
    }
    PrintWriter out = command.getOut();
    out.println(line("texts that do not change", unchanged(usual)));
    if (other.length > 0) {
      out.println(line("texts of another kind come in", changed(usual, other)));
    }
    out.flush();
    return 0;
  }

  private record Counts(int drifts, int comparisons) {}

  private String line(String what, Counts counts) {
    return String.format(
        Locale.ROOT,
        "%s: %d drifts in %d comparisons of %d texts with as many, %.2f %%; p-value up to %s",
        what,
        counts.drifts(),
        counts.comparisons(),
        size,
        100.0 * counts.drifts() / counts.comparisons(),
        bound);
  }

  /** One long stream after another, each with the reference that it begins with. */
  private Counts unchanged(float[][] usual) {
    List<float[]> order = new ArrayList<>(Arrays.asList(usual));
    Random random = new Random(1);
    int drifts = 0;
    int done = 0;
    while (done < comparisons) {
      Collections.shuffle(order, random);
      DriftDetector detector = new DriftDetector(size, bound);
      for (float[] vector : order) {
        Optional<DriftDetector.Comparison> comparison = detector.add(VERSION, vector);
        done += comparison.isPresent() ? 1 : 0;
        drifts += comparison.isPresent() && comparison.get().drift() ? 1 : 0;
      }
    }
    return new Counts(drifts, done);
  }

  private Counts changed(float[][] usual, float[][] other) {
    Random random = new Random(2);
    int drifts = 0;
    int done = Math.max(1, comparisons / 10);
    for (int i = 0; i < done; i++) {
      DriftDetector detector = new DriftDetector(size, bound);
      for (int j = 0; j < size; j++) {
        detector.add(VERSION, usual[random.nextInt(usual.length)]);
      }
      boolean drift = false;
      for (int j = 0; j < size; j++) {
        float[][] from = random.nextDouble() < share ? other : usual;
        drift =
            detector
                .add(VERSION, from[random.nextInt(from.length)])
                .map(DriftDetector.Comparison::drift)
                .orElse(false);
      }
      drifts += drift ? 1 : 0;
    }
    return new Counts(drifts, done);
  }
}
