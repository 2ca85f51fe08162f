package io.sentencestreams.app.batch;

import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.MetricName;
import org.apache.kafka.common.metrics.Metrics;
import org.apache.kafka.common.metrics.Sensor;
import org.apache.kafka.common.metrics.stats.Avg;
import org.apache.kafka.common.metrics.stats.CumulativeSum;
import org.apache.kafka.common.metrics.stats.Max;
import org.apache.kafka.common.metrics.stats.Percentile;
import org.apache.kafka.common.metrics.stats.Percentiles;
import org.apache.kafka.common.metrics.stats.Percentiles.BucketSizing;
import org.apache.kafka.common.metrics.stats.Rate;

/** The micro-batcher's sensors in Kafka's metrics tree; times in milliseconds. */
final class BatcherMetrics {
  static final String GROUP = "encoder-metrics";

  private static final int BUCKET_BYTES = 4000;
  private static final double LONGEST_MILLIS = 60_000;

  private final Sensor tokenize;
  private final Sensor queue;
  private final Sensor encode;
  private final Sensor batchTexts;
  private final Sensor batchTokens;
  private final Sensor repeats;
  private final Sensor rejected;
  private final Sensor failedCalls;
  private final Sensor overAdmitted;
  private final Sensor faults;

  BatcherMetrics(Metrics metrics) {
    tokenize = time(metrics, "tokenize-time", "tokenizing one call's texts");
    queue = time(metrics, "queue-time", "from a text's submission to the start of its batch");
    encode = time(metrics, "encode-time", "encoding one batch");
    batchTexts = distribution(metrics, "batch-texts", "texts in a batch");
    batchTokens = distribution(metrics, "batch-tokens", "tokens in a batch");
    for (Sensor sensor : new Sensor[] {batchTexts, batchTokens}) {
      String unit = sensor == batchTexts ? "text" : "token";
      sensor.add(name(metrics, unit + "-rate", unit + "s encoded per second"), new Rate());
      sensor.add(name(metrics, unit + "-total", unit + "s encoded"), new CumulativeSum());
    }
    repeats = count(metrics, "repeats-total", "texts that were not encoded again");
    rejected = count(metrics, "rejected-total", "texts that the encoder fails on");
    failedCalls = count(metrics, "failed-batch-total", "calls of the encoder that failed");
    overAdmitted = count(metrics, "over-admitted-total", "texts let in over the in-flight bound");
    faults = count(metrics, "fault-total", "times that the encoder itself was at fault");
  }

  void gauge(
      Metrics metrics, String name, String description, java.util.function.LongSupplier value) {
    metrics.addMetric(name(metrics, name, description), (config, now) -> value.getAsLong());
  }

  void tokenized(long nanos) {
    tokenize.record(millis(nanos));
  }

  void queued(long nanos) {
    queue.record(millis(nanos));
  }

  void encoded(int texts, int tokens, long nanos) {
    encode.record(millis(nanos));
    batchTexts.record(texts);
    batchTokens.record(tokens);
  }

  void repeat() {
    repeats.record();
  }

  void rejected() {
    rejected.record();
  }

  void failedCall() {
    failedCalls.record();
  }

  void overAdmitted() {
    overAdmitted.record();
  }

  void fault() {
    faults.record();
  }

  private static double millis(long nanos) {
    return nanos / (double) TimeUnit.MILLISECONDS.toNanos(1);
  }

  private static Sensor time(Metrics metrics, String name, String what) {
    Sensor sensor = distribution(metrics, name, "milliseconds, " + what);
    sensor.add(
        new Percentiles(
            BUCKET_BYTES,
            LONGEST_MILLIS,
            BucketSizing.LINEAR,
            new Percentile(name(metrics, name + "-p50", "milliseconds, " + what + ", median"), 50),
            new Percentile(name(metrics, name + "-p99", "milliseconds, " + what + ", p99"), 99)));
    return sensor;
  }

  private static Sensor distribution(Metrics metrics, String name, String what) {
    Sensor sensor = metrics.sensor(name);
    sensor.add(name(metrics, name + "-avg", what + ", mean"), new Avg());
    sensor.add(name(metrics, name + "-max", what + ", maximum"), new Max());
    return sensor;
  }

  private static Sensor count(Metrics metrics, String name, String what) {
    Sensor sensor = metrics.sensor(name);
    sensor.add(name(metrics, name, what), new CumulativeSum());
    return sensor;
  }

  private static MetricName name(Metrics metrics, String name, String description) {
    return metrics.metricName(name, GROUP, description, Map.of());
  }
}
