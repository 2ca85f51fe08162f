package io.sentencestreams.app.benchmark;

import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.kafka.streams.StreamsConfig;

/**
 * How long a full window is without an owner: taken over from an instance that leaves by one that
 * held a standby of it, and read back from the changelogs by an instance that has nothing.
 */
public final class TakeoverBenchmark implements AutoCloseable {
  private static final int THREADS = 2;

  private final LookupWorkload workload;
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

  /** Starts the broker. */
  public TakeoverBenchmark(LookupWorkload workload) {
    this.workload = workload;
  }

  /** Fills a window, hands it over and restores it. */
  public Result run() {
    int records = workload.records();
    Consumer<String> progress = workload.progress();
    Map<String, Object> properties = workload.properties(THREADS, "takeover-duplicates");
    properties.put(StreamsConfig.NUM_STANDBY_REPLICAS_CONFIG, 1);
    try (PipelineTurn turn =
        new PipelineTurn(
            cluster,
            "takeover",
            LookupWorkload.PARTITIONS,
            workload.state().resolve("warm"),
            properties,
            Map.of())) {
      Supplier<LookupEncoder> encoder = workload.encoder();
      progress.accept("filling a window of %,d".formatted(records));
      cluster.produce(turn.input(), workload.texts(), 0, records);
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
      turn.startIn(workload.state().resolve("cold"), encoder);
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
