package io.sentencestreams.app.cli.train;

import io.sentencestreams.trainer.data.ExampleReader.Columns;
import java.nio.file.Path;
import java.util.List;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Range;
import org.apache.kafka.common.config.ConfigDef.ValidString;
import org.apache.kafka.common.config.ConfigException;

/** Keys that say where data is and what of it is read, for tasks and for evaluators. */
final class DataKeys {
  private DataKeys() {}

  /** Adds the keys, with the format that is usual. */
  static ConfigDef define(ConfigDef definition, String format) {
    return definition
        .define(
            "data",
            ConfigDef.Type.STRING,
            ConfigDef.NO_DEFAULT_VALUE,
            new ConfigDef.NonEmptyString(),
            Importance.HIGH,
            "The file: tab-separated, CSV or JSON lines (.jsonl), packed or not (.gz).")
        .define(
            "format",
            ConfigDef.Type.STRING,
            format,
            ValidString.in("columns", "sts", "nli", "nli-triplets", "parallel"),
            Importance.HIGH,
            "sts: pairs with scores, as evaluate sts reads them. nli: columns sentence1, sentence2,"
                + " gold_label. nli-triplets: premise, entailed and contradicted hypothesis made of"
                + " those. parallel: a sentence and translations of it, as columns, or as lines of"
                + " the files in translations. columns: what the keys texts and label name.")
        .define(
            "translations",
            ConfigDef.Type.LIST,
            List.of(),
            Importance.MEDIUM,
            "For format parallel: files whose lines translate the lines of data; empty if the"
                + " translations are columns of data.")
        .define(
            "texts",
            ConfigDef.Type.LIST,
            List.of("1", "2"),
            Importance.MEDIUM,
            "Columns of the texts, by name or by number from 1, for format columns.")
        .define(
            "label",
            ConfigDef.Type.STRING,
            "",
            Importance.MEDIUM,
            "Column of the label, for format columns; empty for none.")
        .define(
            "classes",
            ConfigDef.Type.LIST,
            List.of(),
            Importance.MEDIUM,
            "Names of labels that are classes, in the order of their numbers; empty if labels are"
                + " numbers.")
        .define(
            "label.scale",
            ConfigDef.Type.DOUBLE,
            0.0,
            Range.atLeast(0),
            Importance.MEDIUM,
            "Labels are divided by it; 0 for 5 with format sts and 1 otherwise.");
  }

  /** What a configuration with these keys names. */
  static DataSource source(AbstractConfig config, String prefix) {
    String format = config.getString("format");
    double scale = config.getDouble("label.scale");
    double chosen = scale > 0 ? scale : format.equals("sts") ? 5 : 1;
    Columns columns;
    try {
      columns =
          format.equals("columns")
              ? new Columns(
                  config.getList("texts"),
                  config.getString("label"),
                  config.getList("classes"),
                  chosen)
              : new Columns(
                  List.of("sentence1", "sentence2"), "gold_label", DataSource.NLI_CLASSES, 1);
    } catch (IllegalArgumentException e) {
      throw new ConfigException("%s: %s".formatted(prefix, e.getMessage()));
    }
    return new DataSource(
        Path.of(config.getString("data")),
        format,
        columns,
        config.getList("translations").stream().map(Path::of).toList(),
        chosen);
  }
}
