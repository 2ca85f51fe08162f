package io.sentencestreams.app.cli.train;

import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sentencestreams.model.checkpoint.Checkpoint;
import io.sentencestreams.model.composition.NewCrossEncoder;
import io.sentencestreams.model.internal.Sha256;
import io.sentencestreams.model.training.TrainableEncoder;
import io.sentencestreams.trainer.Objective;
import io.sentencestreams.trainer.Trainer;
import io.sentencestreams.trainer.TrainingListener;
import io.sentencestreams.trainer.TrainingReport;
import io.sentencestreams.trainer.Validation;
import io.sentencestreams.trainer.data.Distillation;
import io.sentencestreams.trainer.data.TrainingData;
import io.sentencestreams.trainer.evaluation.Evaluation;
import io.sentencestreams.trainer.evaluation.Evaluator;
import io.sentencestreams.trainer.evaluation.PairClassifier;
import io.sentencestreams.trainer.evaluation.PairEvaluator;
import io.sentencestreams.trainer.evaluation.SequentialEvaluator;
import io.sentencestreams.trainer.evaluation.SequentialPairEvaluator;
import io.sentencestreams.trainer.loss.Loss;
import io.sentencestreams.trainer.loss.SoftmaxLoss;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.common.config.ConfigException;

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

  /** Where a cross-encoder lies that has learned nothing yet. */
  private static final String BEGINNING = "beginning";

  private final TrainConfig config;
  private final Function<String, Checkpoint> models;
  private final Consumer<String> say;

  /**
   * A run.
   *
   * @param models finds one by its name or folder
   * @param say hears what a person should know
   */
  public TrainingRun(
      TrainConfig config, Function<String, Checkpoint> models, Consumer<String> say) {
    this.config = config;
    this.models = models;
    this.say = say;
  }

  /**
   * Trains, and scores the chosen model if there is data to test on.
   *
   * @return what is printed
   */
  public ObjectNode run(Start start, TrainingListener listener) throws IOException {
    List<TrainingData> data = new ArrayList<>();
    for (TaskConfig task : config.tasks()) {
      data.add(task.source().read(config.badRows(), say));
    }
    // Read before hours are spent on training.
    Optional<Measure> test = measure(config.test(), Map.of());
    Checkpoint checkpoint = begin(start);
    test.ifPresent(measure -> measure.check(checkpoint));
    for (int i = 0; i < data.size(); i++) {
      Optional<String> teacher = config.tasks().get(i).teacher();
      if (teacher.isPresent()) {
        data.set(i, teach(teacher.get(), data.get(i)));
      }
    }
    List<Loss> losses = new ArrayList<>();
    TrainingReport report;
    try (TrainableEncoder encoder = TrainableEncoder.load(checkpoint, config.options());
        NDManager memory = encoder.newManager()) {
      try {
        List<Objective> objectives = new ArrayList<>();
        Map<String, PairClassifier> classifiers = new HashMap<>();
        for (int i = 0; i < data.size(); i++) {
          TaskConfig task = config.tasks().get(i);
          Loss loss =
              TaskLosses.of(task, data.get(i), memory, encoder.dimension(), config.seed() + i);
          losses.add(loss);
          if (loss instanceof SoftmaxLoss softmax) {
            classifiers.put(task.name(), PairClassifier.of(softmax, TaskLosses.FEATURES));
          }
          objectives.add(
              new Objective(task.name(), data.get(i), loss, task.sampling(), task.batchSize()));
        }
        Optional<Validation> validation = validation(classifiers, checkpoint);
        Trainer trainer =
            new Trainer(encoder, objectives, validation, config.settings(), config.output());
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

  /**
   * Scores a model as the chosen one is scored at the end of a run, and trains nothing.
   *
   * @param model its name or folder
   * @return what is printed
   * @throws IllegalArgumentException if the configuration has no test
   */
  public ObjectNode test(String model) throws IOException {
    Measure test =
        measure(config.test(), Map.of())
            .orElseThrow(
                () -> new IllegalArgumentException("neither test.file nor test.evaluators is set"));
    ObjectNode json = new ObjectMapper().createObjectNode().put("model", model);
    Checkpoint checkpoint = models.apply(model);
    score(json, test, config.scoresPairs() ? pairs(checkpoint) : checkpoint);
    return json;
  }

  private Optional<Validation> validation(
      Map<String, PairClassifier> classifiers, Checkpoint checkpoint) throws IOException {
    List<EvaluatorConfig> chosen = config.validation();
    Optional<Measure> measure = measure(chosen, classifiers);
    if (measure.isEmpty()) {
      return Optional.empty();
    }
    measure.get().check(checkpoint);
    String name =
        chosen.stream()
            .map(one -> "%s of %s".formatted(one.type(), one.source().file()))
            .collect(Collectors.joining(", "));
    StringBuilder digests = new StringBuilder();
    for (EvaluatorConfig one : chosen) {
      for (Path file : one.files()) {
        digests.append(digests.isEmpty() ? "" : " ").append(Sha256.of(file));
      }
    }
    return Optional.of(
        new Validation(
            name,
            digests.toString(),
            trained -> {
              Evaluation evaluation = measure.get().of(trained);
              if (chosen.size() > 1) {
                say.accept(evaluation.metrics().toString());
              }
              return evaluation.score();
            }));
  }

  private Optional<Measure> measure(
      List<EvaluatorConfig> configs, Map<String, PairClassifier> classifiers) throws IOException {
    if (configs.isEmpty()) {
      return Optional.empty();
    }
    if (config.scoresPairs()) {
      Map<String, PairEvaluator> all = new LinkedHashMap<>();
      for (EvaluatorConfig one : configs) {
        all.put(one.name(), PairEvaluators.of(one, config.badRows(), say));
      }
      return Optional.of(new Measure.OfPairs(new SequentialPairEvaluator(all)));
    }
    Evaluators evaluators = new Evaluators(config.badRows(), say, this::teacher, classifiers);
    Map<String, Evaluator> all = new LinkedHashMap<>();
    for (EvaluatorConfig one : configs) {
      all.put(one.name(), evaluators.of(one));
    }
    return Optional.of(new Measure.OfTexts(new SequentialEvaluator(all, scores -> scores.get(0))));
  }

  /** What the run begins with: a model as it is, or a cross-encoder that is made of it. */
  private Checkpoint begin(Start start) {
    Checkpoint model = models.apply(config.model());
    if (!config.scoresPairs()) {
      return model;
    }
    if (config.labels() == 0) {
      return pairs(model);
    }
    if (model.isClassifier()) {
      throw new ConfigException(
          "model.labels: %s is a cross-encoder already; leave the key out"
              .formatted(config.model()));
    }
    if (start == Start.NEW) {
      Trainer.requireNew(config.output(), model.directory());
    } else {
      Trainer.requireApart(config.output(), model.directory());
    }
    // The same each time, so that a run can be resumed; what is saved takes its files from there.
    return NewCrossEncoder.write(
        model, labels(), config.seed(), config.output().resolve(BEGINNING).resolve(model.name()));
  }

  private List<String> labels() {
    if (config.labels() == 1) {
      return List.of("score");
    }
    List<String> classes = config.tasks().get(0).source().classes();
    return classes.size() == config.labels()
        ? classes
        : IntStream.range(0, config.labels()).mapToObj(i -> "LABEL_" + i).toList();
  }

  /** What was saved before version 5.4 of the reference does not say that it is one. */
  private static Checkpoint pairs(Checkpoint model) {
    return model.scoring().isPresent() ? model : Checkpoint.openCrossEncoder(model.directory());
  }

  private TrainingData teach(String teacher, TrainingData data) {
    say.accept(
        "%s embeds the sentences of %s, %d in all"
            .formatted(teacher, data.name(), data.examples().size()));
    TrainingData labelled = Distillation.labelled(data, teacher(teacher));
    // The name is what provenance shows.
    return new TrainingData(
        "%s, taught by %s".formatted(data.name(), teacher), labelled.examples());
  }

  /**
   * A model that is loaded for each call: it is asked once. It computes as training does, which
   * gives the same bits each time, and not as the encoder that serves, whose arithmetic is chosen
   * by measuring: a run that is resumed must have the same labels.
   */
  private Function<List<String>, float[][]> teacher(String name) {
    return texts -> {
      try (TrainableEncoder encoder = TrainableEncoder.load(models.apply(name), config.options())) {
        return encoder.encode(texts);
      }
    };
  }

  private ObjectNode summary(TrainingReport report, Optional<Measure> test) {
    Path model = config.output().resolve("model");
    ObjectNode json =
        new ObjectMapper()
            .createObjectNode()
            .put("model", model.toString())
            .put("steps", report.steps())
            .put("samples_per_second", report.samplesPerSecond());
    report.bestScore().ifPresent(score -> json.put("validation_score", score));
    if (test.isPresent()) {
      score(json, test.get(), Checkpoint.open(model));
    }
    return json;
  }

  private static void score(ObjectNode json, Measure test, Checkpoint model) {
    test.of(model)
        .metrics()
        .forEach(
            (name, value) -> {
              if (!name.equals("sequential_score")) {
                json.put(name, value);
              }
            });
  }
}
