package io.sentencestreams.app.cli.train;

import io.sentencestreams.trainer.data.ExampleReader;
import io.sentencestreams.trainer.data.ExampleReader.BadRows;
import io.sentencestreams.trainer.data.NliTriplets;
import io.sentencestreams.trainer.data.StsReader;
import io.sentencestreams.trainer.data.TrainingData;
import io.sentencestreams.trainer.data.TrainingExample;
import java.io.IOException;
import java.util.List;
import java.util.function.Consumer;

/** Reads a task's data. */
final class TaskData {
  private static final int SHOWN = 3;

  private TaskData() {}

  /**
   * Reads it.
   *
   * @param warnings hears of rows that were left out
   */
  static TrainingData read(TaskConfig task, BadRows badRows, Consumer<String> warnings)
      throws IOException {
    if (task.format().equals("sts")) {
      double scale = task.labelScale();
      StsReader.Result read = StsReader.read(task.data(), badRows);
      tell(task, read.problems(), warnings);
      List<TrainingExample> examples =
          read.pairs().stream()
              .map(
                  pair ->
                      TrainingExample.labelled(
                          pair.score() / scale, pair.sentence1(), pair.sentence2()))
              .toList();
      return new TrainingData(task.data().toString(), examples);
    }
    ExampleReader.Result result = ExampleReader.read(task.data(), task.columns(), badRows);
    tell(task, result.problems(), warnings);
    if (task.format().equals("nli-triplets")) {
      return NliTriplets.of(
          result.data(),
          TaskConfig.NLI_CLASSES.indexOf("entailment"),
          TaskConfig.NLI_CLASSES.indexOf("contradiction"));
    }
    return result.data();
  }

  private static void tell(TaskConfig task, List<String> problems, Consumer<String> warnings) {
    if (!problems.isEmpty()) {
      warnings.accept(
          "%s: %d rows were left out, such as %s"
              .formatted(
                  task.data(),
                  problems.size(),
                  String.join("; ", problems.stream().limit(SHOWN).toList())));
    }
  }
}
