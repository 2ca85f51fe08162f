package io.sentencestreams.app.cli.train;

import io.sentencestreams.app.config.ConfigFile;
import io.sentencestreams.model.repository.ModelRepository;
import io.sentencestreams.model.training.TrainableOptions;
import io.sentencestreams.trainer.Mixing;
import io.sentencestreams.trainer.TrainingSettings;
import io.sentencestreams.trainer.data.ExampleReader.BadRows;
import io.sentencestreams.trainer.optimization.LearningRateSchedule;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Range;
import org.apache.kafka.common.config.ConfigDef.ValidString;
import org.apache.kafka.common.config.ConfigException;

/** The configuration of a training run; keys of a task are in {@link TaskConfig}. */
public final class TrainConfig extends AbstractConfig {
  private static final ConfigDef DEFINITION = define();

  private final List<TaskConfig> tasks = new ArrayList<>();
  private final Map<String, EvaluatorConfig> evaluators = new LinkedHashMap<>();

  private TrainConfig(Map<String, Object> properties) {
    super(DEFINITION, own(properties), false);
    List<String> names = getList("tasks");
    if (names.isEmpty()) {
      throw new ConfigException("tasks", names, "at least one task is needed");
    }
    for (String name : names) {
      tasks.add(new TaskConfig(name, below(properties, "task." + name + ".")));
    }
    Set<String> used = new LinkedHashSet<>(getList("validation.evaluators"));
    used.addAll(getList("test.evaluators"));
    for (String name : used) {
      evaluators.put(name, new EvaluatorConfig(name, below(properties, "evaluator." + name + ".")));
    }
    long pairs = tasks.stream().filter(t -> TaskLosses.OF_PAIRS.contains(t.loss())).count();
    if (pairs > 0 && pairs < tasks.size()) {
      throw new ConfigException(
          "all tasks must have losses of cross-encoders (%s), or none"
              .formatted(String.join(", ", TaskLosses.OF_PAIRS)));
    }
    if (pairs == 0 && labels() > 0) {
      throw new ConfigException(
          "model.labels",
          labels(),
          "it makes a cross-encoder, whose losses are " + String.join(", ", TaskLosses.OF_PAIRS));
    }
    for (String kind : List.of("validation", "test")) {
      if (!getString(kind + ".file").isEmpty() && !getList(kind + ".evaluators").isEmpty()) {
        throw new ConfigException("give %s.file or %s.evaluators, not both".formatted(kind, kind));
      }
    }
    refuseUnknown(properties, names, used);
  }

  /**
   * Reads and checks a file of properties.
   *
   * @throws ConfigException if it cannot be read, a key is unknown or given twice, or a value is
   *     wrong; the message names the file, the key and what to do
   */
  public static TrainConfig load(Path file) {
    Map<String, Object> properties = ConfigFile.read(file);
    try {
      return new TrainConfig(properties);
    } catch (ConfigException e) {
      ConfigException located = new ConfigException(file + ": " + e.getMessage());
      located.initCause(e);
      throw located;
    }
  }

  /** The definition of the keys of a run. */
  public static ConfigDef definition() {
    return new ConfigDef(DEFINITION);
  }

  private static Map<String, Object> own(Map<String, Object> properties) {
    Map<String, Object> own = new TreeMap<>(properties);
    own.keySet().removeIf(key -> key.startsWith("task.") || key.startsWith("evaluator."));
    return own;
  }

  private static Map<String, Object> below(Map<String, Object> properties, String prefix) {
    Map<String, Object> own = new TreeMap<>();
    properties.forEach(
        (key, value) -> {
          if (key.startsWith(prefix)) {
            own.put(key.substring(prefix.length()), value);
          }
        });
    return own;
  }

  private static void refuseUnknown(
      Map<String, Object> properties, List<String> tasks, Set<String> evaluators) {
    Set<String> known = new HashSet<>(DEFINITION.names());
    for (String task : tasks) {
      TaskConfig.definition().names().forEach(key -> known.add("task." + task + "." + key));
    }
    for (String name : evaluators) {
      EvaluatorConfig.definition()
          .names()
          .forEach(key -> known.add("evaluator." + name + "." + key));
    }
    for (String key : properties.keySet()) {
      if (!known.contains(key)) {
        String names =
            key.startsWith("task.")
                ? ", and the names of tasks are " + tasks
                : key.startsWith("evaluator.") ? ", and the evaluators used are " + evaluators : "";
        throw new ConfigException(
            "unknown key %s; train --keys shows the known ones%s".formatted(key, names));
      }
    }
  }

  private static ConfigDef define() {
    return new ConfigDef()
        .define(
            "tasks",
            ConfigDef.Type.LIST,
            ConfigDef.NO_DEFAULT_VALUE,
            Importance.HIGH,
            "Names of the tasks; the keys of a task begin with task.NAME.")
        .define(
            "output.folder",
            ConfigDef.Type.STRING,
            ConfigDef.NO_DEFAULT_VALUE,
            new ConfigDef.NonEmptyString(),
            Importance.HIGH,
            "Where the run writes: model, checkpoints, report.json.")
        .define(
            "model",
            ConfigDef.Type.STRING,
            ModelRepository.DEFAULT_MODEL,
            new ConfigDef.NonEmptyString(),
            Importance.HIGH,
            "What is trained: a model's name, or a checkpoint's folder.")
        .define(
            "model.labels",
            ConfigDef.Type.INT,
            0,
            Range.between(0, 10_000),
            Importance.MEDIUM,
            "Makes a cross-encoder of the model, which scores pairs of texts: with one label for a"
                + " score, or with one for each class. 0 trains the model as what it is.")
        .define(
            "validation.file",
            ConfigDef.Type.STRING,
            "",
            Importance.HIGH,
            "Sentence pairs with scores, whose Spearman correlation chooses the best model;"
                + " without, the last is kept.")
        .define(
            "test.file",
            ConfigDef.Type.STRING,
            "",
            Importance.MEDIUM,
            "Sentence pairs with scores on which the chosen model is scored once, at the end.")
        .define(
            "validation.evaluators",
            ConfigDef.Type.LIST,
            List.of(),
            Importance.MEDIUM,
            "Names of evaluators in place of validation.file; the keys of one begin with"
                + " evaluator.NAME. The first one's score chooses the best model.")
        .define(
            "test.evaluators",
            ConfigDef.Type.LIST,
            List.of(),
            Importance.MEDIUM,
            "Names of evaluators, in place of test.file, that score the chosen model at the end.")
        .define(
            "epochs",
            ConfigDef.Type.INT,
            1,
            Range.atLeast(1),
            Importance.HIGH,
            "Passes over the data.")
        .define(
            "mixing",
            ConfigDef.Type.STRING,
            "round-robin",
            ValidString.in("round-robin", "proportional"),
            Importance.MEDIUM,
            "How several tasks share the steps. round-robin: each step is one for every task, and"
                + " an epoch ends with the shortest of their data sets. proportional: a step is one"
                + " for one task, drawn by how many its data has, and an epoch is all of all data.")
        .define(
            "learning.rate",
            ConfigDef.Type.DOUBLE,
            2e-5,
            Importance.HIGH,
            "The highest learning rate of the run.")
        .define(
            "learning.rate.schedule",
            ConfigDef.Type.STRING,
            "linear",
            ValidString.in("linear", "cosine", "constant"),
            Importance.MEDIUM,
            "How it falls after the warm-up.")
        .define(
            "warmup",
            ConfigDef.Type.DOUBLE,
            0.1,
            Range.between(0, 1),
            Importance.MEDIUM,
            "Share of the steps in which the learning rate rises.")
        .define(
            "weight.decay",
            ConfigDef.Type.DOUBLE,
            0.01,
            Range.atLeast(0),
            Importance.LOW,
            "Decay of all parameters but biases and LayerNorms.")
        .define(
            "max.gradient.norm",
            ConfigDef.Type.DOUBLE,
            1.0,
            Range.atLeast(0),
            Importance.LOW,
            "Longer gradients are cut to this length; 0 for no limit.")
        .define(
            "accumulation.batches",
            ConfigDef.Type.INT,
            1,
            Range.atLeast(1),
            Importance.LOW,
            "Batches whose gradients make one step.")
        .define(
            "dropout",
            ConfigDef.Type.BOOLEAN,
            true,
            Importance.LOW,
            "Whether the model's dropout applies.")
        .define(
            "seed",
            ConfigDef.Type.LONG,
            42L,
            Importance.MEDIUM,
            "Of all that is random in the run.")
        .define(
            "frozen",
            ConfigDef.Type.LIST,
            List.of(),
            Importance.LOW,
            "Beginnings of the names of parameters that stay as they are, such as embeddings.")
        .define(
            "evaluation.steps",
            ConfigDef.Type.INT,
            0,
            Range.atLeast(0),
            Importance.MEDIUM,
            "Steps between validations; 0 for one after each epoch.")
        .define(
            "patience",
            ConfigDef.Type.INT,
            0,
            Range.atLeast(0),
            Importance.LOW,
            "Validations without a better score until the run stops; 0 for never.")
        .define(
            "checkpoint.steps",
            ConfigDef.Type.INT,
            0,
            Range.atLeast(0),
            Importance.MEDIUM,
            "Steps between checkpoints, from which --resume goes on; 0 for none.")
        .define(
            "precision",
            ConfigDef.Type.STRING,
            "fp32",
            ValidString.in("fp32", "bf16"),
            Importance.MEDIUM,
            "What layers compute in; weights are kept in fp32. bf16 pays on processors that have"
                + " it.")
        .define(
            "device",
            ConfigDef.Type.STRING,
            "cpu",
            Importance.MEDIUM,
            "cpu, cuda:N, or auto: a GPU if any.")
        .define(
            "threads",
            ConfigDef.Type.INT,
            0,
            Range.atLeast(0),
            Importance.LOW,
            "Threads on a CPU; 0 for one a core. What dropout leaves out and the last bits of the"
                + " result depend on it.")
        .define(
            "max.sequence.length",
            ConfigDef.Type.INT,
            0,
            Range.atLeast(0),
            Importance.LOW,
            "The most tokens of a text; 0 for the model's own.")
        .define(
            "bad.rows",
            ConfigDef.Type.STRING,
            "fail",
            ValidString.in("fail", "skip"),
            Importance.LOW,
            "What happens at a row that cannot be read: the run fails, or leaves it out and counts"
                + " it.");
  }

  /** The tasks, in order. */
  public List<TaskConfig> tasks() {
    return List.copyOf(tasks);
  }

  /** What is trained. */
  public String model() {
    return getString("model");
  }

  /** How many labels a cross-encoder that is made of the model gets; 0 if none is made. */
  int labels() {
    return getInt("model.labels");
  }

  /** Whether it is a cross-encoder that is trained: the losses say so. */
  boolean scoresPairs() {
    return TaskLosses.OF_PAIRS.contains(tasks.get(0).loss());
  }

  /** Where the run writes. */
  public Path output() {
    return Path.of(getString("output.folder"));
  }

  /** What chooses the best model, the first of all by its score. */
  List<EvaluatorConfig> validation() {
    return evaluators("validation");
  }

  /** What the chosen model is scored by. */
  List<EvaluatorConfig> test() {
    return evaluators("test");
  }

  private List<EvaluatorConfig> evaluators(String kind) {
    String file = getString(kind + ".file");
    return file.isEmpty()
        ? getList(kind + ".evaluators").stream().map(evaluators::get).toList()
        : List.of(new EvaluatorConfig(kind, Map.of("type", "similarity", "data", file)));
  }

  /** What happens at a row that cannot be read. */
  public BadRows badRows() {
    return BadRows.valueOf(getString("bad.rows").toUpperCase(Locale.ROOT));
  }

  /** Of the random numbers. */
  public long seed() {
    return getLong("seed");
  }

  /** How the encoder trains. */
  public TrainableOptions options() {
    TrainableOptions options =
        TrainableOptions.DEFAULT
            .withBf16(getString("precision").equals("bf16"))
            .withDevice(getString("device"));
    if (getInt("threads") > 0) {
      options = options.withThreads(getInt("threads"));
    }
    return getInt("max.sequence.length") > 0
        ? options.withMaxSequenceLength(getInt("max.sequence.length"))
        : options;
  }

  /** How the run goes. */
  public TrainingSettings settings() {
    try {
      return TrainingSettings.builder()
          .epochs(getInt("epochs"))
          .mixing(Mixing.valueOf(getString("mixing").toUpperCase(Locale.ROOT).replace('-', '_')))
          .learningRate(getDouble("learning.rate"))
          .schedule(
              LearningRateSchedule.valueOf(
                  getString("learning.rate.schedule").toUpperCase(Locale.ROOT)))
          .warmup(getDouble("warmup"))
          .weightDecay(getDouble("weight.decay"))
          .maxGradientNorm(getDouble("max.gradient.norm"))
          .accumulation(getInt("accumulation.batches"))
          .dropout(getBoolean("dropout"))
          .seed(seed())
          .frozen(getList("frozen"))
          .evaluationSteps(getInt("evaluation.steps"))
          .patience(getInt("patience"))
          .checkpointSteps(getInt("checkpoint.steps"))
          .build();
    } catch (IllegalArgumentException e) {
      throw new ConfigException(e.getMessage());
    }
  }
}
