package io.sentencestreams.examples;

import io.sentencestreams.model.EncoderOptions;
import io.sentencestreams.model.SentenceEncoder;
import io.sentencestreams.model.checkpoint.Checkpoint;
import io.sentencestreams.model.composition.ModelBuilder;
import io.sentencestreams.model.training.TrainableEncoder;
import io.sentencestreams.model.training.TrainableOptions;
import io.sentencestreams.model.words.DocumentFrequencies;
import io.sentencestreams.model.words.StopWords;
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
import java.util.stream.Stream;

/**
 * Trains two layers on a bag of words: a number for each of the most frequent words, its tf-idf.
 *
 * <pre>{@code
 * java -cp "stream-app/target/distribution/lib/*" \
 *   trainer/src/examples/java/io/sentencestreams/examples/BagOfWordsTraining.java \
 *   sts-train.csv sts-dev.csv sts-test.csv OUTPUT
 * }</pre>
 */
public final class BagOfWordsTraining {
  private BagOfWordsTraining() {}

  /** Takes the files to train, to choose and to test on, and the output. */
  public static void main(String[] args) throws IOException {
    if (args.length != 4) {
      throw new IllegalArgumentException("usage: TRAIN DEV TEST OUTPUT");
    }
    Path train = Path.of(args[0]);
    Path output = Path.of(args[3]);
    DocumentFrequencies frequencies =
        DocumentFrequencies.count(
            StsReader.read(train).stream()
                .flatMap(pair -> Stream.of(pair.sentence1(), pair.sentence2())));
    List<String> words = frequencies.mostFrequent(25_000, StopWords.ofEnglish());
    Checkpoint model =
        ModelBuilder.bagOfWords(
                words,
                frequencies.inverse(),
                frequencies.inverseOfUnknown(),
                /* cumulative= */ true)
            .dense(768)
            .dense(512)
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
                  Optional.of(Validation.spearman(Path.of(args[1]))),
                  TrainingSettings.builder().epochs(4).learningRate(1e-4).build(),
                  output)
              .run(TrainingListener.NONE);
      System.out.println("best dev score " + report.bestScore().orElseThrow());
    }
    try (SentenceEncoder trained =
        SentenceEncoder.load(output.resolve("model"), EncoderOptions.DEFAULT)) {
      EmbeddingSimilarityEvaluator test =
          new EmbeddingSimilarityEvaluator(StsReader.read(Path.of(args[2])));
      System.out.println("test score " + test.evaluate(trained::encode).spearman());
    }
  }
}
