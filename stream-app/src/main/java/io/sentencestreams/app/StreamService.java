package io.sentencestreams.app;

import io.sentencestreams.app.config.AppConfig;
import io.sentencestreams.app.http.HealthSource;
import io.sentencestreams.app.http.HttpEndpoint;
import io.sentencestreams.app.http.MetricsExport;
import io.sentencestreams.app.query.AdvertisedAddress;
import io.sentencestreams.app.query.QueryApi;
import io.sentencestreams.app.query.WindowQueries;
import io.sentencestreams.app.release.ReleaseFollower;
import io.sentencestreams.app.release.ReleaseLoader;
import io.sentencestreams.app.release.StoredReleases;
import io.sentencestreams.model.BatchEncoder;
import io.sentencestreams.schemas.EmbeddingSerdes;
import io.sentencestreams.schemas.IdExtractor;
import io.sentencestreams.schemas.TextExtractor;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Supplier;
import org.apache.kafka.common.Metric;
import org.apache.kafka.common.MetricName;
import org.apache.kafka.streams.KafkaStreams;

/**
 * The stream as a process of its own: a {@link StreamsApp} with health and metrics over HTTP, which
 * answer from the first moment on, while the model is still loading.
 */
public final class StreamService implements AutoCloseable {
  private final AppConfig config;
  private final MetricsExport metrics = new MetricsExport(this::tree);
  private final HttpEndpoint http;
  private volatile StreamsApp app;
  private volatile ReleaseFollower follower;
  private volatile boolean closed;

  /**
   * Serves health and metrics, and queries of the window and the clusters where there are any; the
   * stream comes with {@link #start}.
   *
   * @throws IOException if the address cannot be bound
   * @throws StreamStartException if other instances are told to ask where nobody answers
   */
  public StreamService(AppConfig config) throws IOException {
    this.config = config;
    boolean queries =
        (config.duplicatesTopic().isPresent() || config.clustersTopic().isPresent())
            && config.queryHttp();
    List<String> problems = AdvertisedAddress.problems(config, queries);
    if (!problems.isEmpty()) {
      throw new StreamStartException(problems);
    }
    this.http =
        config.httpPort() < 0
            ? null
            : new HttpEndpoint(
                config.httpHost(),
                config.httpPort(),
                new Health(),
                metrics,
                queries ? 2 * config.queryMaxConcurrent() : 0); // ours, and other instances'
    if (http != null && queries) {
      QueryApi api = new QueryApi(() -> queries().orElse(null), config.queryMaxConcurrent());
      http.serve(QueryApi.WINDOW_PATH, api);
      http.serve(QueryApi.PEER_PATH, api);
      http.serve(QueryApi.OPENAPI_PATH, api);
    }
  }

  /**
   * Checks the cluster, loads the encoder and starts to read.
   *
   * @return what was found on the cluster
   * @throws StreamStartException if the cluster does not have what the configuration names
   */
  public ClusterCheck.Report start(Supplier<? extends BatchEncoder> encoder) {
    return start(encoder, config.releasesTopic().map(topic -> new StoredReleases(config)));
  }

  /**
   * As above, with a loader of the releases that the configuration's topic names.
   *
   * @param releases empty where the model stays
   */
  ClusterCheck.Report start(
      Supplier<? extends BatchEncoder> encoder, Optional<? extends ReleaseLoader> releases) {
    checkClasses(config);
    ClusterCheck.Report report = ClusterCheck.run(config);
    if (!report.problems().isEmpty()) {
      throw new StreamStartException(report.problems());
    }
    StreamsApp started = new StreamsApp(config, report.limits(), encoder);
    synchronized (this) {
      if (closed) {
        started.close();
        return report;
      }
      app = started;
    }
    if (releases.isPresent()) {
      // The stream's own model came first: routing divides its space, in all instances alike.
      ReleaseFollower following = new ReleaseFollower(config, started, releases.get());
      synchronized (this) {
        if (closed) {
          following.close();
          return report;
        }
        follower = following;
      }
      following.start();
    }
    if (!closed) { // or it would be started only to be stopped
      started.start();
    }
    return report;
  }

  /**
   * Loads the classes that the configuration names, so that a wrong one is found now and not on a
   * stream thread.
   *
   * @throws org.apache.kafka.common.config.ConfigException if one is missing or wrong
   */
  public static void checkClasses(AppConfig config) {
    EmbeddingSerdes.serializer(config.originals()).close();
    TextExtractor.from(config.originals()).close();
    IdExtractor.from(config.originals()).close();
  }

  /**
   * Queries of the window and the clusters, across all instances; empty before {@link #start} and
   * where the configuration has neither.
   */
  public Optional<WindowQueries> queries() {
    StreamsApp running = app;
    return running == null ? Optional.empty() : running.queries();
  }

  /** The port of health and metrics; empty if there is none. */
  public OptionalInt httpPort() {
    return http == null ? OptionalInt.empty() : OptionalInt.of(http.port());
  }

  /**
   * Waits until the stream has ended.
   *
   * @return what it failed of; empty if it was closed
   */
  public Optional<Throwable> awaitEnd() throws InterruptedException {
    StreamsApp running = app;
    if (running == null) {
      return Optional.empty();
    }
    running.awaitEnd();
    return closed ? Optional.empty() : running.failure();
  }

  /** Stops the stream cleanly, then health and metrics. */
  @Override
  public void close() {
    StreamsApp running;
    ReleaseFollower following;
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
      running = app;
      following = follower;
    }
    try (metrics;
        http;
        running;
        following) {
      // They close from the last to the first, each of them even if one before it fails.
    }
  }

  private Map<MetricName, ? extends Metric> tree() {
    StreamsApp running = app;
    if (running == null) {
      return Map.of();
    }
    Map<MetricName, Metric> all = new LinkedHashMap<>(running.metrics());
    MetricName model =
        new MetricName(
            "info",
            "model-metrics",
            "1, for the version of the model that runs here",
            Map.of("version", running.modelVersion()));
    all.put(model, new InfoMetric(model));
    ReleaseFollower following = follower;
    if (following != null) {
      all.putAll(following.metrics());
    }
    return all;
  }

  private static String running(StreamsApp app) {
    return "version %s runs%s"
        .formatted(
            app.modelVersion(),
            app.olderModelVersion()
                .map(older -> ", and " + older + " beside it until the window has followed")
                .orElse(""));
  }

  /** Says something by its tags; its value is 1. */
  private record InfoMetric(MetricName metricName) implements Metric {
    @Override
    public Object metricValue() {
      return 1;
    }
  }

  private final class Health implements HealthSource {
    @Override
    public boolean live() {
      StreamsApp running = app;
      return running == null
          || (!running.isHopeless()
              && running.state() != KafkaStreams.State.ERROR
              && running.state() != KafkaStreams.State.NOT_RUNNING);
    }

    @Override
    public boolean ready() {
      StreamsApp running = app;
      return running != null
          && running.state() == KafkaStreams.State.RUNNING
          && running.encoderProblem().isEmpty();
    }

    @Override
    public List<Check> checks() {
      StreamsApp running = app;
      if (running == null) {
        return List.of(new Check("encoder", false, "the model is being loaded"));
      }
      List<Check> checks = new ArrayList<>();
      Optional<String> problem = running.encoderProblem();
      checks.add(new Check("encoder", problem.isEmpty(), problem.orElse("works")));
      String state = running.state().toString();
      checks.add(
          new Check(
              "stream",
              running.state() == KafkaStreams.State.RUNNING,
              running
                  .failure()
                  .map(failure -> state + "; last failure: " + StreamsApp.describe(failure))
                  .orElse(state)));
      ReleaseFollower following = follower;
      if (following != null) {
        Optional<String> refused = following.problem();
        checks.add(
            new Check("release", refused.isEmpty(), refused.orElseGet(() -> running(running))));
      }
      return checks;
    }
  }
}
