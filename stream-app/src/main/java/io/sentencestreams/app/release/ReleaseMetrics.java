package io.sentencestreams.app.release;

import java.util.Map;
import org.apache.kafka.common.MetricName;
import org.apache.kafka.common.metrics.Metrics;
import org.apache.kafka.common.metrics.Sensor;
import org.apache.kafka.common.metrics.stats.CumulativeSum;
import org.apache.kafka.common.metrics.stats.Value;

/** How the swaps go, in Kafka's form. */
final class ReleaseMetrics implements AutoCloseable {
  private static final String GROUP = "model-release-metrics";

  private final Metrics metrics = new Metrics();
  private final Sensor swaps = count("model-swaps-total", "released models that took over");
  private final Sensor refusals =
      count("model-refusals-total", "times that a released model did not load");
  private final Sensor pending = metrics.sensor("model-release-pending");

  ReleaseMetrics() {
    pending.add(
        name("model-release-pending", "1 while the current release does not run here, else 0"),
        new Value());
    pending(false);
  }

  void swapped() {
    swaps.record();
  }

  void refused() {
    refusals.record();
  }

  void pending(boolean value) {
    pending.record(value ? 1 : 0);
  }

  Map<MetricName, ? extends org.apache.kafka.common.Metric> all() {
    return metrics.metrics();
  }

  private Sensor count(String name, String what) {
    Sensor sensor = metrics.sensor(name);
    sensor.add(name(name, what), new CumulativeSum());
    return sensor;
  }

  private MetricName name(String name, String what) {
    return metrics.metricName(name, GROUP, what, Map.of());
  }

  @Override
  public void close() {
    metrics.close();
  }
}
