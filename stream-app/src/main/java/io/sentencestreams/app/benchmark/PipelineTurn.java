package io.sentencestreams.app.benchmark;

import io.sentencestreams.app.ClusterCheck;
import io.sentencestreams.app.StreamsApp;
import io.sentencestreams.app.config.AppConfig;
import io.sentencestreams.app.window.WindowMetrics;
import io.sentencestreams.model.BatchEncoder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.Metric;
import org.apache.kafka.common.MetricName;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;

/**
 * One application, of one instance or several, on topics of its own, which are deleted with it.
 * What it shares with the next is the broker and the state of this JVM's compiler.
 */
final class PipelineTurn implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofMinutes(15);
  private static final long LOOK_NANOS = 5_000_000;

  private final BenchmarkCluster cluster;
  private final String name;
  private final AppConfig config;
  private final List<StreamsApp> instances = new ArrayList<>();

  /**
   * Makes the topics; {@link #start} starts the application.
   *
   * @param name of the application, and what the topics' names begin with
   * @param more further keys of the configuration
   * @param topicConfig of the topics
   */
  PipelineTurn(
      BenchmarkCluster cluster,
      String name,
      int partitions,
      Path state,
      Map<String, ?> more,
      Map<String, String> topicConfig) {
    this.cluster = cluster;
    this.name = name;
    Map<String, Object> properties = new HashMap<>(more);
    properties.putAll(cluster.client());
    properties.put(StreamsConfig.APPLICATION_ID_CONFIG, name);
    properties.put(AppConfig.ENCODER_CACHE_BYTES, "0"); // texts come again for each turn
    properties.put(StreamsConfig.STATE_DIR_CONFIG, state.toString());
    properties.putIfAbsent(StreamsConfig.NUM_STANDBY_REPLICAS_CONFIG, 0);
    properties.put(AppConfig.INPUT_TOPICS, input());
    properties.put(AppConfig.OUTPUT_TOPIC, output());
    properties.put(AppConfig.DEAD_LETTER_TOPIC, name + "-dead-letters");
    properties.put(AppConfig.HTTP_PORT, -1);
    this.config = new AppConfig(properties);
    List<NewTopic> topics = new ArrayList<>();
    List<String> names = new ArrayList<>(List.of(input(), output(), config.deadLetterTopic()));
    config.duplicatesTopic().ifPresent(names::add);
    for (String topic : names) {
      topics.add(new NewTopic(topic, partitions, (short) 1).configs(topicConfig));
    }
    cluster.createTopics(topics);
  }

  String input() {
    return name + "-texts";
  }

  String output() {
    return name + "-embeddings";
  }

  AppConfig config() {
    return config;
  }

  /** Starts an instance and waits until it runs; returns the seconds that took. */
  double start(Supplier<? extends BatchEncoder> encoder) {
    return start(encoder, 1);
  }

  /** Starts so many instances and waits until all run; returns the seconds that took. */
  double start(Supplier<? extends BatchEncoder> encoder, int count) {
    for (int i = 0; i < count; i++) {
      add(config.originals().get(StreamsConfig.STATE_DIR_CONFIG) + "-" + i, encoder);
    }
    return startAll();
  }

  /** Starts an instance with its state in a folder; returns the seconds until it runs. */
  double startIn(Path state, Supplier<? extends BatchEncoder> encoder) {
    add(state.toString(), encoder);
    return startAll();
  }

  private void add(String state, Supplier<? extends BatchEncoder> encoder) {
    Map<String, Object> own = new HashMap<>(config.originals());
    own.put(StreamsConfig.STATE_DIR_CONFIG, state);
    AppConfig ofInstance = new AppConfig(own);
    instances.add(new StreamsApp(ofInstance, ClusterCheck.run(ofInstance).limits(), encoder));
  }

  private double startAll() {
    long start = System.nanoTime();
    instances.forEach(StreamsApp::start);
    await(() -> instances.stream().allMatch(app -> app.state() == KafkaStreams.State.RUNNING));
    return (System.nanoTime() - start) / 1e9;
  }

  /** Stops the application; its topics stay until {@link #close}. */
  void stop() {
    instances.forEach(StreamsApp::close);
    instances.clear();
  }

  /** Stops the instance that was started first; the others take over what it did. */
  void stopFirst() {
    instances.remove(0).close();
  }

  /** Waits until all instances' copies of the stores are level with their changelogs. */
  void awaitStandbys() {
    await(
        () ->
            metric("stream-state-updater-metrics", "standby-updating-tasks", null, null) > 0
                && instances.stream().allMatch(app -> app.storeLag() <= 1));
  }

  /** Waits until so many embeddings were forwarded. */
  void awaitForwarded(long embeddings) {
    await(() -> forwarded() >= embeddings);
  }

  /** Embeddings that were forwarded until now. */
  long forwarded() {
    return instances.stream().mapToLong(app -> app.topologyMetrics().embeddings()).sum();
  }

  /** Waits until the window holds so many texts. */
  void awaitWindow(long texts) {
    await(() -> metric(WindowMetrics.GROUP, "texts", null, null) >= texts);
  }

  /**
   * Texts a second from now until a read-committed consumer can read the last embedding, with all
   * texts on the topic already.
   *
   * @param texts how many went in, those that are out already included
   * @param atEnd told when all seem to be there, more than once if they are not; the last time
   *     counts, what the looks took included
   */
  double rate(long texts, Runnable atEnd) {
    long already = forwarded();
    long start = System.nanoTime();
    awaitForwarded(texts);
    long end;
    do {
      await(() -> cluster.isCommitted(output()));
      end = System.nanoTime();
      atEnd.run();
      // What the producer has not sent yet is in no transaction.
    } while (end - start < PATIENCE.toNanos() && cluster.count(output()).records() < texts);
    return (texts - already) / ((end - start) / 1e9);
  }

  /** Counts what came out, which must be as many embeddings as texts went in. */
  BenchmarkCluster.Contents check(long texts) {
    BenchmarkCluster.Contents contents = cluster.count(output());
    if (contents.records() != texts) {
      throw new IllegalStateException(
          "%d texts went in and %d embeddings came out".formatted(texts, contents.records()));
    }
    return contents;
  }

  /** Sum of a metric of Kafka's over the tags that match. */
  double metric(String group, String metric, String tag, String value) {
    double sum = 0;
    for (StreamsApp app : instances) {
      for (Map.Entry<MetricName, ? extends Metric> entry : app.metrics().entrySet()) {
        MetricName found = entry.getKey();
        boolean matches =
            found.group().equals(group)
                && found.name().equals(metric)
                && (tag == null || value.equals(found.tags().get(tag)));
        if (matches && entry.getValue().metricValue() instanceof Number number) {
          sum += number.doubleValue();
        }
      }
    }
    return sum;
  }

  /** Bytes that the producer has sent to the changelog of what is in flight. */
  double changelogBytes() {
    return sentBytes(changelog());
  }

  /** Bytes that producers have sent to a topic. */
  double sentBytes(String topic) {
    return metric("producer-topic-metrics", "byte-total", "topic", topic);
  }

  /** A topic of this application's own. */
  String internal(String suffix) {
    return name + "-" + suffix;
  }

  String changelog() {
    return name + "-in-flight-changelog";
  }

  private interface Condition {
    boolean holds();
  }

  private void await(Condition condition) {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.holds()) {
      for (StreamsApp app : instances) {
        app.failure()
            .ifPresent(
                failure -> {
                  throw new IllegalStateException(
                      "the stream failed: " + StreamsApp.describe(failure), failure);
                });
      }
      if (System.nanoTime() > deadline) {
        throw new IllegalStateException("the stream is not done after " + PATIENCE);
      }
      LockSupport.parkNanos(LOOK_NANOS);
    }
  }

  @Override
  public void close() {
    stop();
    cluster.deleteTopicsOf(name + "-");
  }
}
