package io.sentencestreams.app.http;

import io.micrometer.core.instrument.binder.jvm.ClassLoaderMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.Map;
import java.util.function.Supplier;
import org.apache.kafka.common.Metric;
import org.apache.kafka.common.MetricName;

/**
 * The figures of this process in Prometheus's text format: the JVM's through Micrometer, and
 * Kafka's metrics tree as it stands at the scrape.
 */
public final class MetricsExport implements Supplier<String>, AutoCloseable {
  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final JvmGcMetrics gc = new JvmGcMetrics();
  private final Supplier<? extends Map<MetricName, ? extends Metric>> tree;

  /**
   * Exports a tree.
   *
   * @param tree asked at each scrape, such as {@code streams::metrics}
   */
  public MetricsExport(Supplier<? extends Map<MetricName, ? extends Metric>> tree) {
    this.tree = tree;
    gc.bindTo(registry);
    new JvmMemoryMetrics().bindTo(registry);
    new JvmThreadMetrics().bindTo(registry);
    new ClassLoaderMetrics().bindTo(registry);
    new ProcessorMetrics().bindTo(registry);
    new FileDescriptorMetrics().bindTo(registry);
    new UptimeMetrics().bindTo(registry);
  }

  /** For further meters of the process. */
  public PrometheusMeterRegistry registry() {
    return registry;
  }

  /** One scrape. */
  @Override
  public String get() {
    return registry.scrape() + KafkaMetricsText.of(tree.get());
  }

  @Override
  public void close() {
    gc.close();
    registry.close();
  }
}
