package io.sentencestreams.app.benchmark;

import io.sentencestreams.app.config.AppConfig;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.kafka.streams.StreamsConfig;

/**
 * A stream with its window whose encoder only looks vectors up.
 *
 * @param records that go into the window
 * @param config further keys of the stream's configuration
 * @param texts what is sent
 * @param vectors that texts are looked up in, by a hash
 * @param state an empty folder; stays the caller's
 * @param progress told of what is done next
 */
@SuppressWarnings("ArrayRecordComponent") // never compared, and too large to copy
public record LookupWorkload(
    int records,
    Map<String, ?> config,
    BenchmarkTexts texts,
    float[][] vectors,
    Path state,
    Consumer<String> progress) {
  /** Of the input, and of the window where the configuration says nothing else. */
  static final int PARTITIONS = 4;

  Supplier<LookupEncoder> encoder() {
    return () -> new LookupEncoder(vectors);
  }

  /** Properties of a stream with so many threads, all of whose records stay in the window. */
  Map<String, Object> properties(int threads, String duplicatesTopic) {
    Map<String, Object> properties = new HashMap<>(config);
    properties.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, threads);
    properties.put(AppConfig.DUPLICATES_TOPIC, duplicatesTopic);
    properties.putIfAbsent(AppConfig.WINDOW_PARTITIONS, PARTITIONS);
    properties.put(AppConfig.WINDOW_PARTITION_MAX_RECORDS, records);
    return properties;
  }
}
