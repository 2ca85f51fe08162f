package io.sentencestreams.examples;

import io.sentencestreams.model.checkpoint.Checkpoint;
import io.sentencestreams.model.training.TrainableEncoder;
import io.sentencestreams.model.training.TrainableOptions;
import io.sentencestreams.trainer.Objective;
import io.sentencestreams.trainer.Trainer;
import io.sentencestreams.trainer.TrainingListener;
import io.sentencestreams.trainer.TrainingReport;
import io.sentencestreams.trainer.TrainingSettings;
import io.sentencestreams.trainer.Validation;
import io.sentencestreams.trainer.data.Sampling;
import io.sentencestreams.trainer.data.StsReader;
import io.sentencestreams.trainer.loss.CoSentLoss;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Goes on with a model that was trained before, such as that of NliTraining, on another task.
 *
 * <pre>{@code
 * java -cp "stream-app/target/distribution/lib/*" \
 *   trainer/src/examples/java/io/sentencestreams/examples/ContinueTraining.java \
 *   nli-run/model sts-train.csv sts-dev.csv OUTPUT
 * }</pre>
 */
public final class ContinueTraining {
  private ContinueTraining() {}

  /** Takes the model's folder, the files to train and to choose on, and another output. */
  public static void main(String[] args) throws IOException {
    if (args.length != 4) {
      throw new IllegalArgumentException("usage: MODEL TRAIN DEV OUTPUT");
    }
    Checkpoint before = Checkpoint.open(Path.of(args[0]));
    try (TrainableEncoder encoder = TrainableEncoder.load(before, TrainableOptions.DEFAULT)) {
      Validation validation = Validation.spearman(Path.of(args[2]));
      System.out.println("before: " + validation.score().applyAsDouble(encoder));
      Objective objective =
          new Objective(
              "sts",
              StsReader.readToTrain(Path.of(args[1]), 5),
              new CoSentLoss(),
              Sampling.SHUFFLED,
              16);
      TrainingReport report =
          new Trainer(
                  encoder,
                  List.of(objective),
                  Optional.of(validation),
                  TrainingSettings.builder().epochs(4).build(),
                  Path.of(args[3]))
              .run(TrainingListener.NONE);
      System.out.println("after: " + report.bestScore().orElseThrow());
    }
  }
}
