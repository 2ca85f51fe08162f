package io.sentencestreams.trainer.retraining;

import io.sentencestreams.schemas.labels.LabelKind;
import io.sentencestreams.schemas.labels.LabelRules;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Range;
import org.apache.kafka.common.config.ConfigDef.ValidString;
import org.apache.kafka.common.config.ConfigException;

/** A topic of labels and what is trained on it. Keys are without {@code labels.NAME.}. */
public final class LabelTask extends AbstractConfig {
  /** Of three texts in JSON, where a byte may take six, and must fit into a megabyte. */
  private static final int MOST_TEXT_BYTES = 50_000;

  private static final ConfigDef DEFINITION =
      new ConfigDef()
          .define(
              "topic",
              ConfigDef.Type.STRING,
              "",
              Importance.HIGH,
              "The topic; empty for one with the task's name.")
          .define(
              "kind",
              ConfigDef.Type.STRING,
              ConfigDef.NO_DEFAULT_VALUE,
              ValidString.in(LabelKind.configNames().toArray(String[]::new)),
              Importance.HIGH,
              "scored-pairs (text1, text2, score), nli-pairs (premise, hypothesis, label),"
                  + " positives (anchor, positive, negative or none), or sentences (text, label).")
          .define(
              "format",
              ConfigDef.Type.STRING,
              "json",
              ValidString.in("json", "avro"),
              Importance.HIGH,
              "How values are encoded; avro is with schema.registry.url if that is set, else in"
                  + " single-object encoding.")
          .define(
              "max.score",
              ConfigDef.Type.DOUBLE,
              1.0,
              Importance.MEDIUM,
              "The score of texts that say the same; a greater one is no label.")
          .define(
              "max.text.bytes",
              ConfigDef.Type.INT,
              32_768,
              Range.between(1, MOST_TEXT_BYTES),
              Importance.LOW,
              "A longer text, in UTF-8, makes the record no label. Up to this bound three of them"
                  + " always fit a record of Kafka's usual size.")
          .define(
              "loss",
              ConfigDef.Type.STRING,
              "",
              Importance.MEDIUM,
              "Empty for the kind's usual one: scored-pairs cosine-similarity (or cosent),"
                  + " nli-pairs softmax, positives multiple-negatives-ranking (or triplet, for"
                  + " those with a negative), sentences batch-hard.")
          .define(
              "batch.size",
              ConfigDef.Type.INT,
              16,
              Range.atLeast(2),
              Importance.MEDIUM,
              "Examples in a batch.");

  private static final Map<LabelKind, List<String>> LOSSES =
      Map.of(
          LabelKind.SCORED_PAIRS, List.of("cosine-similarity", "cosent"),
          LabelKind.NLI_PAIRS, List.of("softmax"),
          LabelKind.POSITIVES, List.of("multiple-negatives-ranking", "triplet"),
          LabelKind.SENTENCES, List.of("batch-hard"));

  private final String name;
  private final LabelRules rules;

  LabelTask(String name, Map<String, ?> properties) {
    super(DEFINITION, properties, false);
    this.name = name;
    try {
      this.rules = new LabelRules(getDouble("max.score"), getInt("max.text.bytes"));
    } catch (IllegalArgumentException e) {
      throw new ConfigException(e.getMessage());
    }
    List<String> possible = LOSSES.get(kind());
    if (!getString("loss").isEmpty() && !possible.contains(getString("loss"))) {
      throw new ConfigException(
          "loss",
          getString("loss"),
          "labels of kind %s can have %s".formatted(kind().configName(), possible));
    }
  }

  /** The definition of the keys. */
  public static ConfigDef definition() {
    return new ConfigDef(DEFINITION);
  }

  /** The task's name. */
  public String name() {
    return name;
  }

  /** The topic. */
  public String topic() {
    return getString("topic").isEmpty() ? name : getString("topic");
  }

  /** What it holds. */
  public LabelKind kind() {
    return LabelKind.of(getString("kind"));
  }

  String format() {
    return getString("format");
  }

  LabelRules rules() {
    return rules;
  }

  String loss() {
    return getString("loss").isEmpty() ? LOSSES.get(kind()).get(0) : getString("loss");
  }

  int batchSize() {
    return getInt("batch.size");
  }
}
