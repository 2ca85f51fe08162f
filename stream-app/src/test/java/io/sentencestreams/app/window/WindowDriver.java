package io.sentencestreams.app.window;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.sentencestreams.model.window.ContentRouter;
import io.sentencestreams.schemas.DuplicateRecord;
import io.sentencestreams.schemas.DuplicateSerdes;
import io.sentencestreams.schemas.EmbeddingRecord;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.metrics.Metrics;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TestOutputTopic;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.Named;
import org.apache.kafka.streams.processor.api.ContextualProcessor;
import org.apache.kafka.streams.processor.api.ProcessorSupplier;
import org.apache.kafka.streams.processor.api.Record;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;

/** One partition of the window and the groups behind it, without a broker. */
abstract class WindowDriver {
  static final long START = 1_767_225_600_000L;
  static final long WINDOW = 10_000;
  static final long GRACE = 1_000;
  static final long IDLE = 1_000;
  static final int MAX_BYTES = 100_000;
  private static final String ENCODER = "encoder";

  @TempDir Path folder;

  private final Metrics metrics = new Metrics();
  private TopologyTestDriver driver;
  private TestInputTopic<byte[], byte[]> input;
  private TestOutputTopic<byte[], byte[]> output;
  TestOutputTopic<byte[], byte[]> unique;
  WindowTopology window;
  int offset;

  boolean exactlyOnce = true;

  Succession succession;

  int maxPairsPerSecond = 10_000;

  /** When the next message is sent, long after the event times. */
  long sent = START + Duration.ofDays(1000).toMillis();

  @AfterEach
  void tearDown() {
    if (driver != null) {
      driver.close();
    }
    metrics.close();
  }

  byte[] message(String text, int partition, long time) {
    EmbeddingRecord embedding = embedding(PlaneEncoder.embedding(text), "v1", partition, time);
    return window.message(embedding, null, text, record(text, time)).orElseThrow();
  }

  void openWithFirsts() {
    open(1000, 100, "unique");
    unique =
        driver.createOutputTopic(
            "unique", new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }

  void open(int maxRecords, int maxPairs) {
    open(maxRecords, maxPairs, null);
  }

  void open(int maxRecords, int maxPairs, String uniqueTopic) {
    float[][] anchors = {PlaneEncoder.embedding("anchor")};
    WindowSettings settings =
        new WindowSettings(
            Duration.ofMillis(WINDOW),
            Duration.ofMillis(GRACE),
            Duration.ofMillis(IDLE),
            exactlyOnce,
            0.9f,
            PlaneEncoder.DIMENSION,
            new ContentRouter(anchors, 1, 0.9f),
            1,
            maxRecords,
            maxPairs,
            maxPairsPerSecond,
            MAX_BYTES,
            "duplicates",
            uniqueTopic,
            () -> DuplicateSerdes.serializer(Map.of()));
    window = new WindowTopology(settings, new WindowMetrics(metrics), succession);
    StreamsBuilder builder = new StreamsBuilder();
    ProcessorSupplier<byte[], byte[], byte[], byte[]> encoder = ToWindow::new;
    KStream<byte[], byte[]> encoded =
        builder.stream(
                "messages", Consumed.with(Serdes.ByteArray(), Serdes.ByteArray()).withName("in"))
            .process(encoder, Named.as(ENCODER));
    window.addTo(encoded);
    Topology topology = builder.build();
    window.addSinks(topology, ENCODER);
    Properties properties = new Properties();
    properties.put(StreamsConfig.APPLICATION_ID_CONFIG, "test");
    properties.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, "none:1");
    properties.put(StreamsConfig.STATE_DIR_CONFIG, folder.toString());
    driver = new TopologyTestDriver(topology, properties);
    input =
        driver.createInputTopic("messages", new ByteArraySerializer(), new ByteArraySerializer());
    output =
        driver.createOutputTopic(
            "duplicates", new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }

  /** Stands for the encoder's processor. */
  private static final class ToWindow extends ContextualProcessor<byte[], byte[], byte[], byte[]> {
    @Override
    public void process(Record<byte[], byte[]> record) {
      context().forward(record, WindowTopology.TO_WINDOW);
    }
  }

  void send(String text, long time) {
    send(text, time, "v1");
  }

  void send(String text, long time, String version) {
    EmbeddingRecord embedding = embedding(PlaneEncoder.embedding(text), version, time);
    pipe(window.message(embedding, null, text, record(text, time)).orElseThrow());
  }

  /** Lets a second pass. */
  void advance() {
    driver.advanceWallClockTime(Duration.ofSeconds(1));
  }

  void pipe(byte[] message) {
    input.pipeInput(null, message, sent);
    sent += IDLE / 10;
  }

  /** Stands for a record of the topic of embeddings. */
  static Record<byte[], byte[]> record(String text, long time) {
    RecordHeaders headers = new RecordHeaders();
    headers.add("header", text.getBytes(UTF_8));
    return new Record<>(
        ("key of " + text).getBytes(UTF_8), ("value of " + text).getBytes(UTF_8), time, headers);
  }

  EmbeddingRecord embedding(float[] vector, String version, long time) {
    return embedding(vector, version, 0, time);
  }

  EmbeddingRecord embedding(float[] vector, String version, int partition, long time) {
    String id = "id" + offset;
    return new EmbeddingRecord(
        id, vector, "plane", version, 3, false, "texts", partition, offset++, time, null);
  }

  List<DuplicateRecord> pairs() {
    return output.readValuesToList().stream()
        .map(value -> DuplicateSerdes.deserializer(Map.of()).deserialize("duplicates", value))
        .toList();
  }

  double metric(String name) {
    return metrics.metrics().entrySet().stream()
        .filter(entry -> entry.getKey().name().equals(name))
        .mapToDouble(entry -> (double) entry.getValue().metricValue())
        .sum();
  }
}
