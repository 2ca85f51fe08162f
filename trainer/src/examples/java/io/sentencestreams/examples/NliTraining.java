package io.sentencestreams.examples;

import ai.djl.ndarray.NDManager;
import io.sentencestreams.model.checkpoint.Checkpoint;
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
import io.sentencestreams.trainer.data.TrainingData;
import io.sentencestreams.trainer.loss.SoftmaxLoss;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Makes sentence embeddings out of a plain encoder (a Hugging Face folder; without modules.json it
 * gets mean pooling), by training it to tell entailment from contradiction (Reimers and Gurevych
 * 2019).
 *
 * <pre>{@code
 * java -cp "stream-app/target/distribution/lib/*" \
 *   trainer/src/examples/java/io/sentencestreams/examples/NliTraining.java \
 *   FOLDER nli-train.tsv sts-dev.csv OUTPUT
 * }</pre>
 */
public final class NliTraining {
  private NliTraining() {}

  /** Takes the folder, the pairs to train on, those to choose the model by, and the output. */
  public static void main(String[] args) throws IOException {
    if (args.length != 4) {
      throw new IllegalArgumentException("usage: FOLDER TRAIN DEV OUTPUT");
    }
    TrainingData data = nli(Path.of(args[1]));
    try (TrainableEncoder encoder =
            TrainableEncoder.load(Checkpoint.open(Path.of(args[0])), TrainableOptions.DEFAULT);
        NDManager memory = encoder.newManager();
        SoftmaxLoss loss =
            new SoftmaxLoss(
                memory, encoder.dimension(), 3, SoftmaxLoss.Features.DEFAULT, /* seed= */ 1)) {
      Objective objective = new Objective("nli", data, loss, Sampling.SHUFFLED, 16);
      TrainingReport report =
          new Trainer(
                  encoder,
                  List.of(objective),
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
