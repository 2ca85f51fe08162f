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
      List<TrainingExample> examples =
          StsReader.read(task.data()).stream()
              .map(
                  pair ->
                      TrainingExample.labelled(
                          pair.score() / scale, pair.sentence1(), pair.sentence2()))
              .toList();
      return new TrainingData(task.data().toString(), examples);
    }
    ExampleReader.Result result = ExampleReader.read(task.data(), task.columns(), badRows);
    if (!result.problems().isEmpty()) {
      warnings.accept(
          "%s: %d rows were left out, such as %s"
              .formatted(
                  task.data(),
                  result.problems().size(),
                  String.join("; ", result.problems().stream().limit(SHOWN).toList())));
    }
    if (task.format().equals("nli-triplets")) {
      return NliTriplets.of(
          result.data(),
          TaskConfig.NLI_CLASSES.indexOf("entailment"),
          TaskConfig.NLI_CLASSES.indexOf("contradiction"));
    }
    return result.data();
  }
}
