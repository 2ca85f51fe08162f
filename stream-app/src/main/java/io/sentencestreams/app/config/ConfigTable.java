package io.sentencestreams.app.config;

import java.util.Comparator;
import java.util.List;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.ConfigKey;

/** Our configuration keys as a table, for the README and the command line. */
public final class ConfigTable {
  private ConfigTable() {}

  /** The table in Markdown, most important keys first. */
  public static String markdown() {
    return markdown(AppConfig.definition());
  }

  /** The same of other keys. */
  public static String markdown(ConfigDef definition) {
    StringBuilder table = new StringBuilder("| key | default | what it is |\n|---|---|---|\n");
    for (ConfigKey key : keys(definition)) {
      table
          .append("| `")
          .append(key.name)
          .append("` | ")
          .append(defaultOf(key))
          .append(" | ")
          .append(key.documentation.replace("|", "\\|"))
          .append(" |\n");
    }
    return table.toString();
  }

  /** The keys as a file of properties in which every line is a comment. */
  public static String template() {
    return template(AppConfig.definition());
  }

  /** The same of other keys. */
  public static String template(ConfigDef definition) {
    StringBuilder template = new StringBuilder();
    for (ConfigKey key : keys(definition)) {
      template
          .append("# ")
          .append(key.documentation)
          .append("\n#")
          .append(key.name)
          .append('=')
          .append(plainDefault(key))
          .append("\n\n");
    }
    return template.toString();
  }

  private static List<ConfigKey> keys(ConfigDef definition) {
    return definition.configKeys().values().stream()
        .sorted(
            Comparator.comparing((ConfigKey key) -> key.importance).thenComparing(key -> key.name))
        .toList();
  }

  private static String defaultOf(ConfigKey key) {
    String value = plainDefault(key);
    return value.isEmpty() ? "none" : "`" + value + "`";
  }

  private static String plainDefault(ConfigKey key) {
    if (key.defaultValue == null) {
      return "";
    }
    return key.defaultValue instanceof List<?> list
        ? String.join(",", list.stream().map(Object::toString).toList())
        : key.defaultValue.toString();
  }
}
