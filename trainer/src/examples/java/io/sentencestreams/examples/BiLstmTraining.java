package io.sentencestreams.examples;

import io.sentencestreams.model.EncoderOptions;
import io.sentencestreams.model.SentenceEncoder;
import io.sentencestreams.model.checkpoint.Checkpoint;
import io.sentencestreams.model.checkpoint.PoolingMode;
import io.sentencestreams.model.composition.ModelBuilder;
import io.sentencestreams.model.training.TrainableEncoder;
import io.sentencestreams.model.training.TrainableOptions;
import io.sentencestreams.model.words.WordVectors;
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
 * Trains a bidirectional LSTM over word embeddings, whose greatest outputs make the embedding
 * (Conneau et al. 2017).
 *
 * <pre>{@code
 * java -cp "stream-app/target/distribution/lib/*" \
 *   trainer/src/examples/java/io/sentencestreams/examples/BiLstmTraining.java \
 *   glove.6B.300d.txt.gz sts-train.csv sts-dev.csv sts-test.csv OUTPUT
 * }</pre>
 */
public final class BiLstmTraining {
  private BiLstmTraining() {}

  /** Takes the word vectors, the files to train, to choose and to test on, and the output. */
  public static void main(String[] args) throws IOException {
    if (args.length != 5) {
      throw new IllegalArgumentException("usage: VECTORS TRAIN DEV TEST OUTPUT");
    }
    Path train = Path.of(args[1]);
    Path output = Path.of(args[4]);
    Checkpoint model;
    try (WordVectors vectors = WordVectors.read(Path.of(args[0]))) {
      model =
          ModelBuilder.wordEmbeddings(vectors)
              .lstm(256)
              .pooling(PoolingMode.MAX)
              .save(output.resolve("untrained"));
    }
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
                  TrainingSettings.builder().epochs(4).learningRate(1e-3).build(),
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
