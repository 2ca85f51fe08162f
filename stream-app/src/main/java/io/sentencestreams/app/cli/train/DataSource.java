package io.sentencestreams.app.cli.train;

import io.sentencestreams.trainer.data.ExampleReader;
import io.sentencestreams.trainer.data.ExampleReader.BadRows;
import io.sentencestreams.trainer.data.NliTriplets;
import io.sentencestreams.trainer.data.ParallelReader;
import io.sentencestreams.trainer.data.StsReader;
import io.sentencestreams.trainer.data.TrainingData;
import io.sentencestreams.trainer.data.TrainingExample;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Data in files.
 *
 * @param format as the key of this name says
 * @param columns that are read, but with formats sts and parallel
 * @param translations files whose lines translate those of the file; empty if it has columns
 * @param scale by which labels are divided
 */
record DataSource(
    Path file,
    String format,
    ExampleReader.Columns columns,
    List<Path> translations,
    double scale) {
  /** Order of the classes of natural language inference, as in the reference. */
  static final List<String> NLI_CLASSES = List.of("contradiction", "entailment", "neutral");

  private static final int SHOWN = 3;

  /** Names of the classes that labels are; empty if labels are numbers. */
  List<String> classes() {
    return columns.classes();
  }

  /** All files. */
  List<Path> files() {
    List<Path> files = new ArrayList<>(List.of(file));
    files.addAll(translations);
    return files;
  }

  /**
   * Reads it.
   *
   * @param warnings hears of rows that were left out
   */
  TrainingData read(BadRows badRows, Consumer<String> warnings) throws IOException {
    ExampleReader.Result result =
        switch (format) {
          case "sts" -> scored(badRows);
          case "parallel" ->
              translations.isEmpty()
                  ? ParallelReader.read(file, badRows)
                  : ParallelReader.readAligned(file, translations, badRows);
          default -> ExampleReader.read(file, columns, badRows);
        };
    List<String> problems = result.problems();
    if (!problems.isEmpty()) {
      warnings.accept(
          "%s: %d rows were left out, such as %s"
              .formatted(
                  file,
                  problems.size(),
                  String.join("; ", problems.stream().limit(SHOWN).toList())));
    }
    return format.equals("nli-triplets")
        ? NliTriplets.of(
            result.data(), NLI_CLASSES.indexOf("entailment"), NLI_CLASSES.indexOf("contradiction"))
        : result.data();
  }

  private ExampleReader.Result scored(BadRows badRows) throws IOException {
    StsReader.Result read = StsReader.read(file, badRows);
    List<TrainingExample> examples =
        read.pairs().stream()
            .map(
                pair ->
                    TrainingExample.labelled(
                        pair.score() / scale, pair.sentence1(), pair.sentence2()))
            .toList();
    return new ExampleReader.Result(new TrainingData(file.toString(), examples), read.problems());
  }
}
