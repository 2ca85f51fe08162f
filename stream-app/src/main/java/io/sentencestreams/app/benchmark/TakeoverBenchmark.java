package io.sentencestreams.app.benchmark;

import io.sentencestreams.app.config.AppConfig;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.kafka.streams.StreamsConfig;

/**
 * How long a full window is without an owner: taken over from an instance that leaves by one that
 * held a standby of it, and read back from the changelogs by an instance that has nothing.
 */
public final class TakeoverBenchmark implements AutoCloseable {
  private static final int PARTITIONS = 4;
  private static final int THREADS = 2;

  private final int records;
  private final Map<String, ?> config;
  private final BenchmarkTexts texts;
  private final float[][] vectors;
  private final Path state;
  private final Consumer<String> progress;
  private final BenchmarkCluster cluster = BenchmarkCluster.start();

  /**
   * What was measured.
   *
   * @param records in the window
   * @param fillPerSecond records a second that it was filled with, by two instances with standbys
   * @param memoryBytes of the index
   * @param warmSeconds from the start of one instance's close until the other owned the whole
   * @param coldSeconds from the start of an instance without local state until it owned the whole
   */
  public record Result(
      int records,
      double fillPerSecond,
      double memoryBytes,
      double warmSeconds,
      double coldSeconds) {}

  /**
   * Starts the broker.
   *
   * @param records in the window
   * @param config further keys of the stream's configuration
   * @param vectors that texts are looked up in, by a hash
   * @param state an empty folder; stays the caller's
   * @param progress told of what is done next
   */
  public TakeoverBenchmark(
      int records,
      Map<String, ?> config,
      BenchmarkTexts texts,
      float[][] vectors,
      Path state,
      Consumer<String> progress) {
    this.records = records;
    this.config = config;
    this.texts = texts;
    this.vectors = vectors.clone();
    this.state = state;
    this.progress = progress;
  }

  /** Fills a window, hands it over and restores it. */
  public Result run() {
    Map<String, Object> properties = new HashMap<>(config);
    properties.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, THREADS);
    properties.put(StreamsConfig.NUM_STANDBY_REPLICAS_CONFIG, 1);
    properties.put(AppConfig.DUPLICATES_TOPIC, "takeover-duplicates");
    properties.putIfAbsent(AppConfig.WINDOW_PARTITIONS, PARTITIONS);
    properties.put(AppConfig.WINDOW_PARTITION_MAX_RECORDS, records);
    try (PipelineTurn turn =
        new PipelineTurn(
            cluster, "takeover", PARTITIONS, state.resolve("warm"), properties, Map.of())) {
      Supplier<LookupEncoder> encoder = () -> new LookupEncoder(vectors);
      progress.accept("filling a window of %,d".formatted(records));
      cluster.produce(turn.input(), texts, 0, records);
      turn.start(encoder, 2);
      long start = System.nanoTime();
      turn.awaitWindow(records);
      double rate = records / secondsSince(start);
      progress.accept("%,.0f records/s; waiting for the standbys".formatted(rate));
      turn.awaitStandbys();
      double memory = turn.metric("window-metrics", "memory-bytes", null, null);
      progress.accept("one of two instances leaves");
      start = System.nanoTime();
      turn.stopFirst();
      turn.awaitWindow(records);
      double warm = secondsSince(start);
      turn.stop();
      progress.accept("an instance without local state starts");
      start = System.nanoTime();
      turn.startIn(state.resolve("cold"), encoder);
      turn.awaitWindow(records);
      return new Result(records, rate, memory, warm, secondsSince(start));
    }
  }

  private static double secondsSince(long nanos) {
    return (System.nanoTime() - nanos) / 1e9;
  }

  @Override
  public void close() {
    cluster.close();
  }
}
