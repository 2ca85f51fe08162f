package io.sentencestreams.app.window;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.ToLongFunction;
import org.apache.kafka.common.MetricName;
import org.apache.kafka.common.metrics.Metrics;
import org.apache.kafka.common.metrics.Sensor;
import org.apache.kafka.common.metrics.stats.CumulativeSum;
import org.apache.kafka.common.metrics.stats.Rate;
import org.apache.kafka.streams.processor.TaskId;

/** What the window's tasks of this process do and hold, all together. */
public final class WindowMetrics {
  /** {@value}: the group of these metrics. */
  public static final String GROUP = "window-metrics";

  private final Map<TaskId, VectorIndexes> open = new ConcurrentHashMap<>();
  private final Map<TaskId, Firsts> verdicts = new ConcurrentHashMap<>();
  private final Sensor pairs;
  private final Sensor pairsLeftOut;
  private final Sensor duplicates;
  private final Sensor late;
  private final Sensor evicted;
  private final Sensor probes;
  private final Sensor incomparable;
  private final Sensor textsCut;
  private final Sensor tooLarge;
  private final Sensor firsts;
  private final Sensor repeats;
  private final Sensor unanswered;
  private final Sensor reembedded;

  /** Registers the sensors. */
  public WindowMetrics(Metrics metrics) {
    pairs = count(metrics, "pairs-total", "pairs found, those of two partitions perhaps twice");
    pairsLeftOut =
        count(metrics, "pairs-left-out-total", "pairs beyond duplicates.max.pairs of a text");
    duplicates = count(metrics, "duplicates-total", "pairs written to the topic of duplicates");
    duplicates.add(
        name(metrics, "duplicates-rate", "pairs written to the topic of duplicates, per second"),
        new Rate());
    late = count(metrics, "late-total", "texts that came too late to be compared");
    evicted = count(metrics, "evicted-total", "texts that left the window early for want of room");
    probes = count(metrics, "probes-total", "copies of texts sent to further partitions");
    incomparable =
        count(metrics, "incomparable-total", "embeddings of length zero or another dimension");
    textsCut = count(metrics, "texts-cut-total", "texts kept in part, for the size of a record");
    tooLarge = count(metrics, "too-large-total", "embeddings not compared, too large for a record");
    firsts = count(metrics, "firsts-total", "texts written to the topic of first occurrences");
    repeats = count(metrics, "repeats-total", "texts that are no first occurrences");
    unanswered =
        count(
            metrics,
            "firsts-unanswered-total",
            "texts written to the topic of first occurrences without all answers, when they left the window");
    reembedded =
        count(metrics, "reembedded-total", "texts that were given a vector of a newer model");
    metrics.addMetric(
        name(
            metrics,
            "partitions-reembedding",
            "partitions whose texts are being given vectors of a newer model"),
        (config, now) ->
            (double) open.values().stream().filter(index -> index.versions().size() > 1).count());
    metrics.addMetric(
        name(metrics, "firsts-pending", "texts that wait to be known as first occurrences or not"),
        (config, now) -> (double) verdicts.values().stream().mapToLong(Firsts::pending).sum());
    gauge(metrics, "texts", "texts in the window", VectorIndexes::size);
    gauge(metrics, "memory-bytes", "memory of the window's index", VectorIndexes::memoryBytes);
  }

  /**
   * A task runs.
   *
   * @param firsts null where first occurrences are not wanted
   */
  void opened(TaskId task, VectorIndexes indexes, Firsts firsts) {
    open.put(task, indexes);
    if (firsts != null) {
      verdicts.put(task, firsts);
    }
  }

  void closed(TaskId task, VectorIndexes indexes) {
    if (open.remove(task, indexes)) {
      verdicts.remove(task);
    }
  }

  void pair() {
    pairs.record();
  }

  void pairsLeftOut(int count) {
    pairsLeftOut.record(count);
  }

  void duplicate() {
    duplicates.record();
  }

  void late() {
    late.record();
  }

  void evicted(int count) {
    evicted.record(count);
  }

  void probes(int count) {
    probes.record(count);
  }

  void incomparable() {
    incomparable.record();
  }

  void textCut() {
    textsCut.record();
  }

  void tooLarge() {
    tooLarge.record();
  }

  void repeat() {
    repeats.record();
  }

  void reembedded() {
    reembedded.record();
  }

  void unanswered() {
    unanswered.record();
  }

  void first() {
    firsts.record();
  }

  private void gauge(
      Metrics metrics, String name, String what, ToLongFunction<VectorIndexes> value) {
    metrics.addMetric(
        name(metrics, name, what),
        (config, now) -> (double) open.values().stream().mapToLong(value).sum());
  }

  private static Sensor count(Metrics metrics, String name, String what) {
    Sensor sensor = metrics.sensor("window-" + name);
    sensor.add(name(metrics, name, what), new CumulativeSum());
    return sensor;
  }

  private static MetricName name(Metrics metrics, String name, String description) {
    return metrics.metricName(name, GROUP, description, Map.of());
  }
}
