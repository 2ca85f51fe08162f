package io.sentencestreams.app.clusters;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.common.MetricName;
import org.apache.kafka.common.metrics.Metrics;
import org.apache.kafka.common.metrics.Sensor;
import org.apache.kafka.common.metrics.stats.Avg;
import org.apache.kafka.common.metrics.stats.CumulativeCount;
import org.apache.kafka.common.metrics.stats.Max;
import org.apache.kafka.streams.processor.TaskId;

/** What the clusters' tasks of this process do and hold, all together; times in milliseconds. */
public final class ClustersMetrics {
  /** {@value}: the group of these metrics. */
  public static final String GROUP = "clusters-metrics";

  private final Map<TaskId, Integer> microClusters = new ConcurrentHashMap<>();
  private final Map<TaskId, Integer> clusters = new ConcurrentHashMap<>();
  private final Sensor placed;
  private final Sensor noise;
  private final Sensor incomparable;
  private final Sensor summaries;
  private final Sensor changes;
  private final Sensor step;

  /** Registers the sensors. */
  public ClustersMetrics(Metrics metrics) {
    placed = count(metrics, "placed-total", "texts that found a cluster when they came");
    noise = count(metrics, "noise-total", "texts that found no cluster when they came");
    incomparable =
        count(
            metrics,
            "incomparable-total",
            "embeddings of length zero or another dimension than those of their model version");
    summaries = count(metrics, "summaries-total", "micro-clusters told to the macro step");
    changes = count(metrics, "changes-total", "records written to the topic of clusters");
    step = count(metrics, "macro-steps-total", "macro steps done");
    String what = "milliseconds that a macro step took, beside the stream threads";
    step.add(name(metrics, "macro-step-time-avg", what + ", mean"), new Avg());
    step.add(name(metrics, "macro-step-time-max", what + ", maximum"), new Max());
    gauge(metrics, "micro-clusters", "micro-clusters of the partitions here", microClusters);
    gauge(metrics, "clusters", "clusters, where the macro step is done", clusters);
  }

  void microClusters(TaskId task, int count) {
    microClusters.put(task, count);
  }

  void clusters(TaskId task, int count) {
    clusters.put(task, count);
  }

  void closed(TaskId task) {
    microClusters.remove(task);
    clusters.remove(task);
  }

  void placed() {
    placed.record();
  }

  void noise() {
    noise.record();
  }

  void incomparable() {
    incomparable.record();
  }

  void summary() {
    summaries.record();
  }

  void change() {
    changes.record();
  }

  void step(double millis) {
    step.record(millis);
  }

  private static void gauge(
      Metrics metrics, String name, String what, Map<TaskId, Integer> counts) {
    metrics.addMetric(
        name(metrics, name, what),
        (config, now) -> (double) counts.values().stream().mapToInt(Integer::intValue).sum());
  }

  private static Sensor count(Metrics metrics, String name, String what) {
    Sensor sensor = metrics.sensor("clusters-" + name);
    sensor.add(name(metrics, name, what), new CumulativeCount());
    return sensor;
  }

  private static MetricName name(Metrics metrics, String name, String description) {
    return metrics.metricName(name, GROUP, description, Map.of());
  }
}
