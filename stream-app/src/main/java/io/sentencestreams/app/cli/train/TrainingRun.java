package io.sentencestreams.app.cli.train;

import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sentencestreams.model.EncoderOptions;
import io.sentencestreams.model.Precision;
import io.sentencestreams.model.SentenceEncoder;
import io.sentencestreams.model.checkpoint.Checkpoint;
import io.sentencestreams.model.internal.Sha256;
import io.sentencestreams.model.training.TrainableEncoder;
import io.sentencestreams.trainer.Objective;
import io.sentencestreams.trainer.Trainer;
import io.sentencestreams.trainer.TrainingListener;
import io.sentencestreams.trainer.TrainingReport;
import io.sentencestreams.trainer.Validation;
import io.sentencestreams.trainer.data.StsReader;
import io.sentencestreams.trainer.data.TrainingData;
import io.sentencestreams.trainer.evaluation.EmbeddingSimilarityEvaluator;
import io.sentencestreams.trainer.loss.Loss;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** A run as a configuration describes it. */
public final class TrainingRun {
  /** How a run begins where its folder may have an earlier one. */
  public enum Start {
    /** There must be none. */
    NEW,
    /** From the newest checkpoint. */
    RESUME,
    /** Anew, in its place. */
    OVERWRITE
  }

  private final TrainConfig config;
  private final Consumer<String> say;

  /**
   * A run.
   *
   * @param say hears what a person should know
   */
  public TrainingRun(TrainConfig config, Consumer<String> say) {
    this.config = config;
    this.say = say;
  }

  /**
   * Trains, and scores the chosen model if there is data to test on.
   *
   * @return what is printed
   */
  public ObjectNode run(Checkpoint checkpoint, Start start, TrainingListener listener)
      throws IOException {
    List<TrainingData> data = new ArrayList<>();
    for (TaskConfig task : config.tasks()) {
      data.add(TaskData.read(task, config.badRows(), say));
    }
    // Read before hours are spent on training.
    Optional<EmbeddingSimilarityEvaluator> validation = evaluator(config.validation());
    Optional<EmbeddingSimilarityEvaluator> test = evaluator(config.test());
    String validationDigest =
        config.validation().isPresent() ? Sha256.of(config.validation().get()) : "";
    List<Loss> losses = new ArrayList<>();
    TrainingReport report;
    try (TrainableEncoder encoder = TrainableEncoder.load(checkpoint, config.options());
        NDManager memory = encoder.newManager()) {
      try {
        List<Objective> objectives = new ArrayList<>();
        for (int i = 0; i < data.size(); i++) {
          TaskConfig task = config.tasks().get(i);
          Loss loss =
              TaskLosses.of(task, data.get(i), memory, encoder.dimension(), config.seed() + i);
          losses.add(loss);
          objectives.add(
              new Objective(task.name(), data.get(i), loss, task.sampling(), task.batchSize()));
        }
        Trainer trainer =
            new Trainer(
                encoder,
                objectives,
                validation.map(
                    evaluator ->
                        new Validation(
                            "spearman of " + config.validation().orElseThrow(),
                            validationDigest,
                            trained -> evaluator.evaluate(trained::encode).spearman())),
                config.settings(),
                config.output());
        report =
            switch (start) {
              case NEW -> trainer.run(listener);
              case RESUME -> trainer.resume(listener);
              case OVERWRITE -> trainer.overwrite(listener);
            };
      } finally {
        losses.forEach(Loss::close);
      }
    }
    return summary(report, test);
  }

  private static Optional<EmbeddingSimilarityEvaluator> evaluator(Optional<Path> file)
      throws IOException {
    return file.isEmpty()
        ? Optional.empty()
        : Optional.of(new EmbeddingSimilarityEvaluator(StsReader.read(file.get())));
  }

  private ObjectNode summary(TrainingReport report, Optional<EmbeddingSimilarityEvaluator> test) {
    Path model = config.output().resolve("model");
    ObjectNode json =
        new ObjectMapper()
            .createObjectNode()
            .put("model", model.toString())
            .put("steps", report.steps())
            .put("samples_per_second", report.samplesPerSecond());
    report.bestScore().ifPresent(score -> json.put("validation_spearman", score));
    if (test.isPresent()) {
      try (SentenceEncoder encoder =
          SentenceEncoder.load(model, EncoderOptions.DEFAULT.withPrecision(Precision.FP32))) {
        EmbeddingSimilarityEvaluator.Result result = test.get().evaluate(encoder::encode);
        json.put("test_pearson", result.pearson()).put("test_spearman", result.spearman());
      }
    }
    return json;
  }
}
