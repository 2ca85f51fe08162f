package io.sentencestreams.examples;

import io.sentencestreams.model.EncoderOptions;
import io.sentencestreams.model.SentenceEncoder;
import io.sentencestreams.model.checkpoint.Checkpoint;
import io.sentencestreams.model.checkpoint.PoolingMode;
import io.sentencestreams.model.composition.ModelBuilder;
import io.sentencestreams.model.repository.ModelRepository;
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
import io.sentencestreams.trainer.evaluation.EmbeddingSimilarityEvaluator;
import io.sentencestreams.trainer.loss.CosineSimilarityLoss;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Makes a model of a transformer that is there, mean pooling and a new layer of 256 outputs, and
 * trains all of it.
 *
 * <pre>{@code
 * java -cp "stream-app/target/distribution/lib/*" \
 *   trainer/src/examples/java/io/sentencestreams/examples/CustomBert.java \
 *   all-MiniLM-L6-v2 sts-train.csv sts-dev.csv sts-test.csv OUTPUT
 * }</pre>
 */
public final class CustomBert {
  private CustomBert() {}

  /**
   * Takes the name or the folder of the model whose transformer it is, the files to train, to
   * choose and to test on, and the output.
   */
  public static void main(String[] args) throws IOException {
    if (args.length != 5) {
      throw new IllegalArgumentException("usage: MODEL TRAIN DEV TEST OUTPUT");
    }
    Path train = Path.of(args[1]);
    Path output = Path.of(args[4]);
    Checkpoint base =
        ModelRepository.ofUser()
            .resolve(args[0], (name, step) -> System.err.println(name + ": " + step));
    Checkpoint model =
        ModelBuilder.from(base)
            .pooling(PoolingMode.MEAN)
            .dense(256)
            .save(output.resolve("untrained"));
    try (TrainableEncoder encoder = TrainableEncoder.load(model, TrainableOptions.DEFAULT)) {
      Objective objective =
          new Objective(
              "sts",
              StsReader.readToTrain(train, /* highest= */ 5),
              new CosineSimilarityLoss(),
              Sampling.SHUFFLED,
              32);
      TrainingReport report =
          new Trainer(
                  encoder,
                  List.of(objective),
                  Optional.of(Validation.spearman(Path.of(args[2]))),
                  TrainingSettings.builder().epochs(2).learningRate(3e-5).build(),
                  output)
              .run(TrainingListener.NONE);
      System.out.println("best dev score " + report.bestScore().orElseThrow());
    }
    try (SentenceEncoder trained =
        SentenceEncoder.load(output.resolve("model"), EncoderOptions.DEFAULT)) {
      EmbeddingSimilarityEvaluator test =
          new EmbeddingSimilarityEvaluator(StsReader.read(Path.of(args[3])));
      System.out.println("test score " + test.evaluate(trained::encode).spearman());
    }
  }
}
