package io.sentencestreams.examples;

import ai.djl.ndarray.NDManager;
import io.sentencestreams.model.checkpoint.Checkpoint;
import io.sentencestreams.model.repository.ModelRepository;
import io.sentencestreams.model.training.TrainableEncoder;
import io.sentencestreams.model.training.TrainableOptions;
import io.sentencestreams.trainer.Objective;
import io.sentencestreams.trainer.Trainer;
import io.sentencestreams.trainer.TrainingListener;
import io.sentencestreams.trainer.TrainingReport;
import io.sentencestreams.trainer.TrainingSettings;
import io.sentencestreams.trainer.Validation;
import io.sentencestreams.trainer.data.ExampleReader;
import io.sentencestreams.trainer.data.ExampleReader.BadRows;
import io.sentencestreams.trainer.data.ExampleReader.Columns;
import io.sentencestreams.trainer.data.Sampling;
import io.sentencestreams.trainer.data.StsReader;
import io.sentencestreams.trainer.data.TrainingData;
import io.sentencestreams.trainer.loss.CosineSimilarityLoss;
import io.sentencestreams.trainer.loss.SoftmaxLoss;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Trains on two tasks at once, one step of each in turn: inference with a classifier, and
 * similarity.
 *
 * <pre>{@code
 * java -cp "stream-app/target/distribution/lib/*" \
 *   trainer/src/examples/java/io/sentencestreams/examples/MultiTaskTraining.java \
 *   nli-train.tsv sts-train.csv sts-dev.csv OUTPUT
 * }</pre>
 */
public final class MultiTaskTraining {
  private MultiTaskTraining() {}

  /** Takes the files of both tasks, that to choose on, and the output. */
  public static void main(String[] args) throws IOException {
    if (args.length != 4) {
      throw new IllegalArgumentException("usage: NLI STS DEV OUTPUT");
    }
    Checkpoint base =
        ModelRepository.ofUser()
            .resolve("all-MiniLM-L6-v2", (name, step) -> System.err.println(name + ": " + step));
    try (TrainableEncoder encoder = TrainableEncoder.load(base, TrainableOptions.DEFAULT);
        NDManager memory = encoder.newManager();
        SoftmaxLoss softmax =
            new SoftmaxLoss(
                memory, encoder.dimension(), 3, SoftmaxLoss.Features.DEFAULT, /* seed= */ 1)) {
      List<Objective> objectives =
          List.of(
              new Objective("nli", nli(Path.of(args[0])), softmax, Sampling.SHUFFLED, 16),
              new Objective(
                  "sts",
                  StsReader.readToTrain(Path.of(args[1]), 5),
                  new CosineSimilarityLoss(),
                  Sampling.SHUFFLED,
                  16));
      TrainingReport report =
          new Trainer(
                  encoder,
                  objectives,
                  Optional.of(Validation.spearman(Path.of(args[2]))),
                  TrainingSettings.builder().evaluationSteps(100).build(),
                  Path.of(args[3]))
              .run(TrainingListener.NONE);
      System.out.println("best score " + report.bestScore().orElseThrow());
    }
  }

  private static TrainingData nli(Path file) throws IOException {
    Columns columns =
        new Columns(
            List.of("sentence1", "sentence2"),
            "gold_label",
            List.of("contradiction", "entailment", "neutral"),
            1);
    return ExampleReader.read(file, columns, BadRows.FAIL).data();
  }
}
