package io.sentencestreams.app.cli.train;

import io.sentencestreams.trainer.data.Sampling;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Range;
import org.apache.kafka.common.config.ConfigDef.ValidString;
import org.apache.kafka.common.config.ConfigException;

/** The configuration of one task: its data and its loss. Keys are without their prefix. */
public final class TaskConfig extends AbstractConfig {
  private static final ConfigDef DEFINITION = define();

  private final String name;

  TaskConfig(String name, Map<String, Object> properties) {
    super(DEFINITION, located(name, properties), false);
    this.name = name;
    if (loss().equals("mse") != teacher().isPresent()) {
      throw new ConfigException(
          "task.%s: loss mse needs a teacher, and no other loss has one".formatted(name));
    }
  }

  /** Says which task lacks a key, before the definition says that a key is missing. */
  private static Map<String, Object> located(String name, Map<String, Object> properties) {
    for (String required : List.of("data", "loss")) {
      if (!properties.containsKey(required)) {
        throw new ConfigException(
            "task.%s.%s is missing: the task needs it".formatted(name, required));
      }
    }
    try {
      DEFINITION.parse(properties);
    } catch (ConfigException e) {
      throw new ConfigException("task.%s: %s".formatted(name, e.getMessage()));
    }
    return properties;
  }

  /** The definition of the keys, without the prefix {@code task.NAME.}. */
  public static ConfigDef definition() {
    return new ConfigDef(DEFINITION);
  }

  private static ConfigDef define() {
    return DataKeys.define(new ConfigDef(), "columns")
        .define(
            "teacher",
            ConfigDef.Type.STRING,
            "",
            Importance.MEDIUM,
            "For loss mse: the model, by name or folder, whose embedding of the first text the"
                + " student learns to give each text.")
        .define(
            "loss",
            ConfigDef.Type.STRING,
            ConfigDef.NO_DEFAULT_VALUE,
            ValidString.in(TaskLosses.NAMES.toArray(String[]::new)),
            Importance.HIGH,
            "What is made small: "
                + String.join(", ", TaskLosses.NAMES)
                + ". The last two are for cross-encoders, on pairs with labels from 0 to 1, or with"
                + " classes.")
        .define(
            "loss.scale",
            ConfigDef.Type.DOUBLE,
            20.0,
            Importance.LOW,
            "Scale of similarities, for cosent and multiple-negatives-ranking.")
        .define(
            "loss.margin",
            ConfigDef.Type.DOUBLE,
            -1.0,
            Importance.LOW,
            "Margin of triplet, batch and contrastive losses; -1 for the loss's own default.")
        .define(
            "loss.distance",
            ConfigDef.Type.STRING,
            "",
            ValidString.in("", "euclidean", "manhattan", "cosine"),
            Importance.LOW,
            "Distance of triplet, batch and contrastive losses; empty for the loss's own default.")
        .define(
            "loss.similarity",
            ConfigDef.Type.STRING,
            "cosine",
            ValidString.in("cosine", "dot"),
            Importance.LOW,
            "By which multiple-negatives-ranking ranks.")
        .define(
            "loss.mini.batch",
            ConfigDef.Type.INT,
            0,
            Range.atLeast(0),
            Importance.LOW,
            "Texts whose activations are in memory at once in multiple-negatives-ranking, so that a"
                + " batch of thousands fits; 0 for all.")
        .define(
            "matryoshka",
            ConfigDef.Type.LIST,
            List.of(),
            Importance.LOW,
            "Lengths to which embeddings are also cut when the loss is computed; empty for none.")
        .define(
            "batch.size",
            ConfigDef.Type.INT,
            16,
            Range.atLeast(1),
            Importance.HIGH,
            "Examples in a batch.")
        .define(
            "sampling",
            ConfigDef.Type.STRING,
            "auto",
            ValidString.in("auto", "shuffled", "no-duplicates", "grouped-by-label"),
            Importance.LOW,
            "How batches are made; auto: no text twice with multiple-negatives-ranking, grouped by"
                + " label with the batch losses, else shuffled.");
  }

  /** The task's name. */
  public String name() {
    return name;
  }

  /** Where its data is. */
  DataSource source() {
    return DataKeys.source(this, "task." + name);
  }

  /** The model whose embeddings are labels. */
  Optional<String> teacher() {
    return Optional.of(getString("teacher")).filter(name -> !name.isEmpty());
  }

  String loss() {
    return getString("loss");
  }

  List<Integer> matryoshka() {
    List<Integer> lengths = new ArrayList<>();
    for (String length : getList("matryoshka")) {
      try {
        lengths.add(Integer.valueOf(length));
      } catch (NumberFormatException e) {
        throw new ConfigException("task.%s.matryoshka: '%s' is no length".formatted(name, length));
      }
    }
    return lengths;
  }

  int batchSize() {
    return getInt("batch.size");
  }

  Sampling sampling() {
    return switch (getString("sampling")) {
      case "shuffled" -> Sampling.SHUFFLED;
      case "no-duplicates" -> Sampling.NO_DUPLICATES;
      case "grouped-by-label" -> Sampling.GROUPED_BY_LABEL;
      default ->
          loss().equals("multiple-negatives-ranking")
              ? Sampling.NO_DUPLICATES
              : loss().startsWith("batch-") ? Sampling.GROUPED_BY_LABEL : Sampling.SHUFFLED;
    };
  }
}
