package io.sentencestreams.app.http;

import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.common.Metric;
import org.apache.kafka.common.MetricName;

/**
 * Kafka's metrics tree in Prometheus's text format. Metric {@code record-send-total} of group
 * {@code producer-metrics} becomes {@code kafka_producer_record_send_total}, its tags labels.
 *
 * <p>Written without a meter per metric, because Kafka gives one name to metrics with different
 * sets of tags (a client's, a topic's, a partition's), which Prometheus accepts and Micrometer
 * drops.
 */
final class KafkaMetricsText {
  private KafkaMetricsText() {}

  static String of(Map<MetricName, ? extends Metric> tree) {
    Map<String, TreeSet<String>> families = new TreeMap<>();
    tree.forEach(
        (name, metric) -> {
          // Text, such as a version or a state, has no place in this format.
          if (metric.metricValue() instanceof Number value) {
            String family = family(name);
            families
                .computeIfAbsent(family, key -> new TreeSet<>())
                .add(family + labels(name.tags()) + " " + number(value.doubleValue()));
          }
        });
    StringBuilder text = new StringBuilder();
    families.forEach(
        (family, samples) -> {
          text.append("# TYPE ").append(family).append(' ');
          text.append(family.endsWith("_total") ? "counter" : "gauge").append('\n');
          samples.forEach(sample -> text.append(sample).append('\n'));
        });
    return text.toString();
  }

  private static String family(MetricName name) {
    String group = name.group();
    String prefix = group.endsWith("-metrics") ? group.substring(0, group.length() - 8) : group;
    return "kafka_" + identifier(prefix) + "_" + identifier(name.name());
  }

  private static String labels(Map<String, String> tags) {
    if (tags.isEmpty()) {
      return "";
    }
    StringBuilder labels = new StringBuilder("{");
    new TreeMap<>(tags)
        .forEach(
            (key, value) -> {
              labels.append(labels.length() > 1 ? "," : "").append(identifier(key)).append("=\"");
              labels.append(value.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n"));
              labels.append('"');
            });
    return labels.append('}').toString();
  }

  private static String identifier(String name) {
    return name.replaceAll("[^a-zA-Z0-9_]", "_");
  }

  private static String number(double value) {
    if (Double.isInfinite(value)) {
      return value > 0 ? "+Inf" : "-Inf";
    }
    return Double.toString(value);
  }
}
