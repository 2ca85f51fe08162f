package io.sentencestreams.trainer.retraining;

import io.sentencestreams.schemas.releases.TrainingRunRecord;
import java.time.Instant;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.Metric;
import org.apache.kafka.common.MetricName;
import org.apache.kafka.common.metrics.Metrics;
import org.apache.kafka.common.metrics.Sensor;
import org.apache.kafka.common.metrics.stats.CumulativeSum;
import org.apache.kafka.common.metrics.stats.Value;

/**
 * What the retraining service does, for its health and its metrics, in Kafka's form. Written by the
 * service's threads, read by any.
 */
public final class RetrainStatus implements AutoCloseable {
  /** {@value}: the group of the metrics. */
  public static final String GROUP = "retrain-metrics";

  private static final String TOPIC = "topic";

  private final Metrics metrics = new Metrics();
  private volatile boolean reading;
  private volatile String running;
  private volatile String last;
  private volatile String pinned;
  private volatile String blocked;
  private volatile long waiting;

  RetrainStatus() {
    metrics.addMetric(
        name("labels-waiting", "new labels that no run has used", Map.of()),
        (config, now) -> waiting);
    metrics.addMetric(
        name("run-active", "1 while a run trains, else 0", Map.of()),
        (config, now) -> running == null ? 0 : 1);
  }

  /** Whether the service reads labels or trains, and has not ended. */
  public boolean isWorking() {
    return reading;
  }

  /** The run that trains, for a person. */
  public Optional<String> running() {
    return Optional.ofNullable(running);
  }

  /** The last run and what came of it, for a person. */
  public Optional<String> last() {
    return Optional.ofNullable(last);
  }

  /** The release that is pinned: no run starts meanwhile. */
  public Optional<String> pinned() {
    return Optional.ofNullable(pinned);
  }

  /** Why labels cannot be read at present. */
  public Optional<String> blocked() {
    return Optional.ofNullable(blocked);
  }

  /** New labels that no run has used. */
  public long waiting() {
    return waiting;
  }

  /** All metrics. */
  public Map<MetricName, ? extends Metric> metrics() {
    return metrics.metrics();
  }

  void reading(boolean nowReading) {
    reading = nowReading;
  }

  void waiting(long labels) {
    waiting = labels;
  }

  void blocked(String problem) {
    blocked = problem;
  }

  void pinned(String version) {
    pinned = version;
  }

  /** A record was read; what it was: {@code new}, {@code repeated} or {@code contradicted}. */
  void label(String topic, String what) {
    count("labels-total", "labels read, by what they are", Map.of(TOPIC, topic, "kind", what));
  }

  void invalid(String topic, String reason) {
    count(
        "labels-invalid-total",
        "records that are no labels, by reason",
        Map.of(TOPIC, topic, "reason", reason.toLowerCase(Locale.ROOT)));
  }

  void begun(String description) {
    running = description;
  }

  /** No run trains any more, whatever came of it. */
  void over() {
    running = null;
  }

  /** A run has a record. */
  void ended(TrainingRunRecord run, String description) {
    last = "%s, ended %s".formatted(description, Instant.ofEpochMilli(run.endedMillis()));
    count(
        "runs-total",
        "runs, by what set them off and what came of them",
        Map.of(
            "trigger", run.trigger().name().toLowerCase(Locale.ROOT),
            "outcome", run.outcome().name().toLowerCase(Locale.ROOT)));
    set(
        "run-seconds",
        "how long the last run took",
        Map.of(),
        (run.endedMillis() - run.startedMillis()) / 1000.0);
    set(
        "run-end-seconds",
        "when the last run ended, since 1970",
        Map.of(),
        run.endedMillis() / 1e3);
    run.scores()
        .forEach(
            (score, change) -> {
              String what = "scores of the last run's two models";
              set("score", what, Map.of("set", score, "model", "current"), change.before());
              set("score", what, Map.of("set", score, "model", "candidate"), change.after());
            });
  }

  void drift(String topic, double statistic, double pValue) {
    Map<String, String> tags = Map.of(TOPIC, topic);
    set("drift-statistic", "how far texts have drifted", tags, statistic);
    set("drift-p-value", "how probable so much is without a drift", tags, pValue);
  }

  private void count(String name, String what, Map<String, String> tags) {
    Sensor sensor = metrics.sensor(name + tags);
    sensor.add(name(name, what, tags), new CumulativeSum()); // once; later calls change nothing
    sensor.record();
  }

  private void set(String name, String what, Map<String, String> tags, double value) {
    Sensor sensor = metrics.sensor(name + tags);
    sensor.add(name(name, what, tags), new Value());
    sensor.record(value);
  }

  private MetricName name(String name, String what, Map<String, String> tags) {
    return metrics.metricName(name, GROUP, what, tags);
  }

  @Override
  public void close() {
    metrics.close();
  }
}
