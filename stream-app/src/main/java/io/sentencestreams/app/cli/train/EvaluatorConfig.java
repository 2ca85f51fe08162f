package io.sentencestreams.app.cli.train;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.ValidString;
import org.apache.kafka.common.config.ConfigException;

/** The configuration of one evaluator. Keys are without their prefix. */
public final class EvaluatorConfig extends AbstractConfig {
  /** Usual formats of the kinds of evaluators. */
  static final String FOLDS = "folds";

  private static final Map<String, String> FORMATS =
      Map.of(
          "similarity",
          "sts",
          "triplet",
          "nli-triplets",
          "label-accuracy",
          "nli",
          Evaluators.PAIR_ACCURACY,
          "nli",
          "translation",
          "parallel",
          "mse",
          "parallel");

  private static final ConfigDef DEFINITION =
      DataKeys.define(new ConfigDef(), "columns")
          .define(
              "type",
              ConfigDef.Type.STRING,
              ConfigDef.NO_DEFAULT_VALUE,
              ValidString.in(Evaluators.NAMES.toArray(String[]::new)),
              Importance.HIGH,
              "What is measured: "
                  + String.join(", ", Evaluators.NAMES)
                  + ". Without a format, data is expected as sts for similarity, as parallel for"
                  + " translation and mse, as nli for label-accuracy and pair-accuracy, as nli-triplets for triplet,"
                  + " and as columns for binary, paraphrase-mining (two texts that mean the same)"
                  + " and transfer; retrieval and reranking read JSON lines with query, positive"
                  + " and negative, the last two lists. Cross-encoders are measured by similarity,"
                  + " pair-accuracy and reranking.")
          .define(
              "corpus",
              ConfigDef.Type.STRING,
              "",
              Importance.LOW,
              "For retrieval: a file whose lines are searched, beside what the queries name.")
          .define(
              "task",
              ConfigDef.Type.STRING,
              "",
              Importance.LOW,
              "For label-accuracy: the task with loss softmax whose classifier is measured. It is"
                  + " not part of the model, so this is for validation only.")
          .define(
              "teacher",
              ConfigDef.Type.STRING,
              "",
              Importance.LOW,
              "For mse: the model, by name or folder, whose embeddings are to be met.")
          .define(
              "train.data",
              ConfigDef.Type.STRING,
              "",
              Importance.LOW,
              "For transfer: what the classifier on top of the embeddings is fitted to.")
          .define(
              "dev.data",
              ConfigDef.Type.STRING,
              "",
              Importance.LOW,
              "For transfer: what its regularization is chosen on.")
          .define(
              FOLDS,
              ConfigDef.Type.INT,
              0,
              ConfigDef.Range.between(0, 1000),
              Importance.LOW,
              "For transfer: of how many folds of data each is the test set once, instead of"
                  + " train.data and dev.data; SentEval takes 10. 0 for none.");

  private static final Map<String, List<String>> NEEDED =
      Map.of(
          "label-accuracy", List.of("task"),
          "mse", List.of("teacher"),
          "transfer", List.of("train.data", "dev.data"));

  private final String name;

  EvaluatorConfig(String name, Map<String, Object> properties) {
    super(DEFINITION, located(name, properties), false);
    this.name = name;
    boolean folded = type().equals("transfer") && getInt(FOLDS) > 0;
    for (String key : NEEDED.getOrDefault(type(), List.of())) {
      if (folded) {
        if (!getString(key).isEmpty()) {
          throw new ConfigException(
              "evaluator.%s.%s does not go with %s, which are of data".formatted(name, key, FOLDS));
        }
      } else if (getString(key).isEmpty()) {
        throw new ConfigException(
            "evaluator.%s.%s is missing: type %s needs it".formatted(name, key, type()));
      }
    }
  }

  private static Map<String, Object> located(String name, Map<String, Object> properties) {
    for (String required : List.of("type", "data")) {
      if (!properties.containsKey(required)) {
        throw new ConfigException("evaluator.%s.%s is missing".formatted(name, required));
      }
    }
    Map<String, Object> all = new TreeMap<>(properties);
    all.putIfAbsent("format", FORMATS.getOrDefault(properties.get("type").toString(), "columns"));
    try {
      DEFINITION.parse(all);
    } catch (ConfigException e) {
      throw new ConfigException("evaluator.%s: %s".formatted(name, e.getMessage()));
    }
    return all;
  }

  /** The definition of the keys, without the prefix {@code evaluator.NAME.}. */
  public static ConfigDef definition() {
    return new ConfigDef(DEFINITION);
  }

  String name() {
    return name;
  }

  String type() {
    return getString("type");
  }

  DataSource source() {
    return DataKeys.source(this, "evaluator." + name);
  }

  /** The same columns of another file. */
  DataSource source(String key) {
    DataSource source = source();
    return new DataSource(
        Path.of(getString(key)),
        source.format(),
        source.columns(),
        source.translations(),
        source.scale());
  }

  Optional<Path> corpus() {
    return Optional.of(getString("corpus")).filter(file -> !file.isEmpty()).map(Path::of);
  }

  /** Files that decide what is measured. */
  List<Path> files() {
    List<Path> files = new ArrayList<>(source().files());
    corpus().ifPresent(files::add);
    for (String key : List.of("train.data", "dev.data")) {
      if (!getString(key).isEmpty()) {
        files.add(Path.of(getString(key)));
      }
    }
    return files;
  }
}
