package io.sentencestreams.app.benchmark;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.TopicConfig;

/**
 * Feeds a stream as fast as it takes the texts and watches its resident memory. Stream, broker and
 * feed are processes of their own, so what is watched is the stream and nothing else.
 */
public final class MemoryBenchmark implements AutoCloseable {
  private static final int PARTITIONS = 4;
  private static final Duration POLL = Duration.ofMillis(100);
  private static final Duration PATIENCE = Duration.ofMinutes(3);
  private static final double MINUTE = 60e9;

  /** So few bytes a partition that a long run does not fill the disk. */
  private static final Map<String, String> TOPICS =
      Map.of(
          TopicConfig.SEGMENT_BYTES_CONFIG, Integer.toString(16 << 20),
          TopicConfig.RETENTION_BYTES_CONFIG, Integer.toString(64 << 20),
          TopicConfig.FILE_DELETE_DELAY_MS_CONFIG, "1000");

  private final Options options;
  private final BenchmarkTexts texts;
  private final Path folder;
  private final Consumer<String> progress;
  private final BenchmarkCluster cluster = BenchmarkCluster.start();
  private final PipelineTurn turn;
  private final AtomicLong sent = new AtomicLong();
  private final AtomicLong received = new AtomicLong();
  private final AtomicReference<Exception> failure = new AtomicReference<>();
  private volatile boolean feeding = true;

  /**
   * What to run, and for how long.
   *
   * @param lookup whether vectors are looked up, or encoded by the model
   * @param minutes after which the feed ends
   * @param records after which the feed ends, if that is earlier
   * @param slopeFrom the minute from which on the slope counts
   * @param sampleSeconds between two samples
   * @param heap the heap of the stream's process, such as {@code 1g}, fixed and touched at the
   *     start
   */
  public record Options(
      boolean lookup,
      double minutes,
      long records,
      double slopeFrom,
      double sampleSeconds,
      String heap) {
    /** Texts that may be on the topic and not out: enough for the stream to be always busy. */
    int ahead() {
      return lookup ? 40_000 : 4_000;
    }
  }

  /**
   * Starts the broker.
   *
   * @param config further keys of the stream's configuration
   * @param folder an empty folder; stays the caller's
   * @param progress told of the state, now and then
   */
  public MemoryBenchmark(
      Options options,
      Map<String, ?> config,
      BenchmarkTexts texts,
      Path folder,
      Consumer<String> progress) {
    this.options = options;
    this.texts = texts;
    this.folder = folder;
    this.progress = progress;
    try {
      this.turn =
          new PipelineTurn(cluster, "memory", PARTITIONS, folder.resolve("state"), config, TOPICS);
    } catch (RuntimeException e) {
      cluster.close();
      throw e;
    }
  }

  /**
   * Runs until the feed has ended and all is out.
   *
   * @throws KafkaException if fewer or more texts come out than went in
   */
  public MemoryReport run() throws IOException, InterruptedException {
    MemorySamples samples = new MemorySamples();
    double minutes;
    try (KafkaConsumer<byte[], byte[]> consumer = cluster.consumer(turn.output(), false);
        ChildJvm stream = startStream()) {
      Thread feeder = new Thread(this::feed, "benchmark-feeder");
      feeder.setDaemon(true);
      feeder.start();
      minutes = watch(consumer, stream, samples);
      feeder.join();
    }
    progress.accept("restoring what is in flight without local state");
    double restoreSeconds = turn.start(LookupEncoder::new);
    return new MemoryReport(
        texts.name(),
        options.lookup() ? "lookup" : "model",
        sent.get(),
        received.get(),
        minutes,
        received.get() / (minutes * 60),
        samples.first(),
        samples.last(),
        samples.most(),
        options.slopeFrom(),
        samples.slope(options.slopeFrom()),
        cluster.count(turn.changelog()).records(),
        restoreSeconds);
  }

  private ChildJvm startStream() throws IOException {
    Map<String, Object> properties = new TreeMap<>(turn.config().originals());
    properties.put("state.dir", folder.resolve("child-state").toString());
    List<String> lines = new ArrayList<>();
    properties.forEach((key, value) -> lines.add(key + "=" + value));
    Path file = Files.write(folder.resolve("stream.properties"), lines);
    List<String> jvm =
        List.of("-Xms" + options.heap(), "-Xmx" + options.heap(), "-XX:+AlwaysPreTouch");
    return options.lookup()
        ? ChildJvm.start(jvm, List.of("benchmark", "lookup-stream", file.toString()))
        : ChildJvm.start(jvm, List.of("stream", "--config", file.toString()));
  }

  private void feed() {
    try (KafkaProducer<String, String> producer = cluster.producer(5)) {
      while (feeding && sent.get() < options.records()) {
        if (sent.get() - received.get() >= options.ahead()) {
          LockSupport.parkNanos(1_000_000);
          continue;
        }
        long index = sent.getAndIncrement();
        var unused =
            producer.send(
                new ProducerRecord<>(turn.input(), Long.toString(index), texts.get(index)),
                (metadata, e) -> failure.compareAndSet(null, e));
      }
    } finally {
      feeding = false;
    }
  }

  /** Counts embeddings and takes samples until all is out; returns the minutes since the first. */
  private double watch(
      KafkaConsumer<byte[], byte[]> consumer, ChildJvm stream, MemorySamples samples) {
    long first = 0;
    long lastSeen = System.nanoTime();
    long lastSample = 0;
    long lastSaid = lastSeen;
    while (feeding || received.get() < sent.get()) {
      long before = received.get();
      for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
        if (record.value() != null) {
          received.incrementAndGet();
        }
      }
      long now = System.nanoTime();
      if (received.get() > before) {
        first = first == 0 ? now : first;
        lastSeen = now;
      }
      check(stream, now - lastSeen);
      double minute = first == 0 ? 0 : (now - first) / MINUTE;
      if (first != 0 && now - lastSample >= options.sampleSeconds() * 1e9) {
        samples.add(minute, MemorySamples.resident(stream.pid()));
        lastSample = now;
        if (now - lastSaid >= MINUTE) {
          lastSaid = now;
          progress.accept(
              "minute %.0f: %,d embeddings, %.0f MB"
                  .formatted(minute, received.get(), samples.last()));
        }
      }
      if (minute >= options.minutes()) {
        feeding = false;
      }
    }
    samples.add((lastSeen - first) / MINUTE, MemorySamples.resident(stream.pid()));
    if (received.get() != sent.get()) {
      throw new KafkaException(
          "%d texts went in and %d embeddings came out".formatted(sent.get(), received.get()));
    }
    return (lastSeen - first) / MINUTE;
  }

  private void check(ChildJvm stream, long quietNanos) {
    if (failure.get() != null) {
      throw new KafkaException("the texts could not be written", failure.get());
    }
    if (!stream.isAlive()) {
      throw new KafkaException("the stream's process has ended");
    }
    if (quietNanos > PATIENCE.toNanos()) {
      throw new KafkaException(
          "%d of %d embeddings came, and none for %s"
              .formatted(received.get(), sent.get(), PATIENCE));
    }
  }

  @Override
  public void close() {
    feeding = false;
    try {
      turn.close();
    } finally {
      cluster.close();
    }
  }
}
