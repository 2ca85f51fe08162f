package io.sentencestreams.app.topology;

import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
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

/** What the tasks of this process did, all together; times in milliseconds. */
public final class TopologyMetrics {
  /** {@value}: the group of these metrics. */
  public static final String GROUP = "topology-metrics";

  private static final int BUCKET_BYTES = 4000;
  private static final double LONGEST_MILLIS = 60_000;

  private final AtomicLong inFlight = new AtomicLong();
  private final AtomicLong embeddings = new AtomicLong();
  private final Metrics metrics;
  private final Sensor embedded;
  private final Sensor deadLetters;
  private final Sensor tombstones;
  private final Sensor replaysSkipped;
  private final Sensor restored;
  private final Sensor inFlightTime;
  private final Sensor inFlightStored;

  /** Registers the sensors. */
  public TopologyMetrics(Metrics metrics) {
    this.metrics = metrics;
    embedded = count(metrics, "embeddings-total", "embeddings forwarded");
    embedded.add(name(metrics, "embeddings-rate", "embeddings forwarded per second"), new Rate());
    deadLetters = count(metrics, "dead-letters-total", "records sent to the dead-letter topic");
    tombstones = count(metrics, "tombstones-total", "tombstones passed through");
    replaysSkipped =
        count(metrics, "replays-skipped-total", "records read again while they were in flight");
    restored = count(metrics, "restored-total", "records in flight taken over from a store");
    inFlightStored =
        count(metrics, "in-flight-stored-bytes-total", "bytes put into the in-flight store");
    inFlightTime = metrics.sensor("in-flight-time");
    String what = "milliseconds, from a record's arrival to its embedding's forwarding";
    inFlightTime.add(name(metrics, "in-flight-time-avg", what + ", mean"), new Avg());
    inFlightTime.add(name(metrics, "in-flight-time-max", what + ", maximum"), new Max());
    inFlightTime.add(
        new Percentiles(
            BUCKET_BYTES,
            LONGEST_MILLIS,
            BucketSizing.LINEAR,
            new Percentile(name(metrics, "in-flight-time-p50", what + ", median"), 50),
            new Percentile(name(metrics, "in-flight-time-p99", what + ", p99"), 99)));
    metrics.addMetric(
        name(metrics, "in-flight-records", "records in flight"),
        (config, now) -> inFlight.doubleValue());
  }

  /** Records in flight in this process. */
  public long inFlight() {
    return inFlight.get();
  }

  /** Embeddings forwarded since the process started. */
  public long embeddings() {
    return embeddings.get();
  }

  void arrived(int storedBytes) {
    inFlight.incrementAndGet();
    inFlightStored.record(storedBytes);
  }

  void restored() {
    inFlight.incrementAndGet();
    restored.record();
  }

  void left(long nanos) {
    inFlight.decrementAndGet();
    inFlightTime.record(nanos / (double) TimeUnit.MILLISECONDS.toNanos(1));
  }

  void dropped(int records) {
    inFlight.addAndGet(-records);
  }

  void embedding() {
    embeddings.incrementAndGet();
    embedded.record();
  }

  /** Counted for all, and for the kind of what was wrong. */
  void deadLetter(Throwable reason) {
    deadLetters.record();
    String kind = reason.getClass().getSimpleName();
    Sensor ofKind = metrics.sensor("dead-letters-of-" + kind);
    // Does nothing if it is there.
    ofKind.add(
        metrics.metricName(
            "dead-letter-reasons-total",
            GROUP,
            "records sent to the dead-letter topic, by the class of the exception",
            Map.of("reason", kind)),
        new CumulativeSum());
    ofKind.record();
  }

  void tombstone() {
    tombstones.record();
  }

  void replaySkipped() {
    replaysSkipped.record();
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
