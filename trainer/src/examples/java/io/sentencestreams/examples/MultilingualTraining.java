package io.sentencestreams.examples;

import io.sentencestreams.model.SentenceEncoder;
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
import io.sentencestreams.trainer.data.Distillation;
import io.sentencestreams.trainer.data.ExampleReader.BadRows;
import io.sentencestreams.trainer.data.ParallelReader;
import io.sentencestreams.trainer.data.Sampling;
import io.sentencestreams.trainer.data.TrainingData;
import io.sentencestreams.trainer.evaluation.TranslationEvaluator;
import io.sentencestreams.trainer.loss.MseLoss;
import io.sentencestreams.trainer.multilingual.StudentModel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Teaches a model a further language (Reimers and Gurevych 2020): a student with tokens of that
 * language learns to give translations the embeddings that the teacher gives the sentences.
 *
 * <pre>{@code
 * java -cp "stream-app/target/distribution/lib/*" \
 *   trainer/src/examples/java/io/sentencestreams/examples/MultilingualTraining.java \
 *   train.en.gz train.de.gz dev.en dev.de OUTPUT
 * }</pre>
 */
public final class MultilingualTraining {
  private MultilingualTraining() {}

  /** Takes sentences and translations, to train and to choose on, and the output. */
  public static void main(String[] args) throws IOException {
    if (args.length != 5) {
      throw new IllegalArgumentException("usage: SOURCE TARGET DEV_SOURCE DEV_TARGET OUTPUT");
    }
    Path output = Path.of(args[4]);
    Path student = output.resolve("student");
    TrainingData parallel = parallel(args[0], args[1]);
    Checkpoint teacher =
        ModelRepository.ofUser()
            .resolve("all-MiniLM-L6-v2", (name, step) -> System.err.println(name + ": " + step));
    StudentModel.Result made = StudentModel.create(teacher, parallel, 10_000, student);
    System.out.println(made.tokens().size() + " new tokens");
    TrainingData labelled;
    try (SentenceEncoder encoder = SentenceEncoder.load("all-MiniLM-L6-v2")) {
      labelled = Distillation.labelled(parallel, encoder::encode);
    }
    try (TrainableEncoder encoder =
        TrainableEncoder.load(Checkpoint.open(student), TrainableOptions.DEFAULT)) {
      Validation validation = accuracy(parallel(args[2], args[3]));
      System.out.println("before: " + validation.score().applyAsDouble(encoder));
      Objective objective =
          new Objective("translations", labelled, new MseLoss(), Sampling.SHUFFLED, 32);
      TrainingReport report =
          new Trainer(
                  encoder,
                  List.of(objective),
                  Optional.of(validation),
                  TrainingSettings.builder().learningRate(1e-4).build(),
                  output.resolve("run"))
              .run(TrainingListener.NONE);
      System.out.println("after: " + report.bestScore().orElseThrow());
    }
  }

  private static TrainingData parallel(String sentences, String translations) throws IOException {
    return ParallelReader.readAligned(
            Path.of(sentences), List.of(Path.of(translations)), BadRows.FAIL)
        .data();
  }

  private static Validation accuracy(TrainingData parallel) {
    TranslationEvaluator evaluator =
        new TranslationEvaluator(column(parallel, 0), column(parallel, 1));
    return new Validation(
        "translations found in " + parallel.name(),
        encoder -> evaluator.evaluate(encoder::encode).score());
  }

  private static List<String> column(TrainingData data, int column) {
    return data.examples().stream().map(example -> example.texts().get(column)).toList();
  }
}
