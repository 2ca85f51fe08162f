package io.sentencestreams.app.window;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sentencestreams.app.StreamStartException;
import io.sentencestreams.app.config.AppConfig;
import io.sentencestreams.model.window.ContentRouter;
import io.sentencestreams.model.window.EventClock;
import io.sentencestreams.model.window.Route;
import io.sentencestreams.schemas.DuplicateRecord;
import io.sentencestreams.schemas.DuplicateSerdes;
import io.sentencestreams.schemas.EmbeddingRecord;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
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
import org.apache.kafka.streams.processor.api.MockProcessorContext;
import org.apache.kafka.streams.processor.api.ProcessorSupplier;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.test.TestRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One partition of the window and the groups behind it, without a broker. */
class WindowTopologyTest {
  private static final long START = 1_767_225_600_000L;
  private static final long WINDOW = 10_000;
  private static final long GRACE = 1_000;
  private static final String ENCODER = "encoder";

  @TempDir private Path folder;

  private final Metrics metrics = new Metrics();
  private TopologyTestDriver driver;
  private TestInputTopic<byte[], byte[]> input;
  private TestOutputTopic<byte[], byte[]> output;
  private TestOutputTopic<byte[], byte[]> unique;
  private WindowTopology window;
  private int sent;

  @AfterEach
  void tearDown() {
    if (driver != null) {
      driver.close();
    }
    metrics.close();
  }

  @Test
  void shouldCompareTextsAsFarApartAsTheWindowIsLongAndNoFarther() {
    open(100, 100);
    send("cat", START);
    send("cat", START + WINDOW);
    send("cat", START + 2 * WINDOW + 1);
    assertThat(pairs())
        .extracting(pair -> pair.a().offset() + "-" + pair.b().offset())
        .containsExactly("0-1");
  }

  @Test
  void shouldNotLetARecordFromTheFutureExpireTheWindow() {
    open(100, 100);
    for (int i = 0; i < 20; i++) {
      send("other" + i, START + i);
    }
    send("cat", START + 30);
    send("future", START + Duration.ofDays(365).toMillis());
    send("cat", START + 40);
    assertThat(pairs()).hasSize(1);
    assertThat(metric("late-total")).isZero();
  }

  @Test
  void shouldLetGoOfWhatIsTooOldAndCountWhatIsTooLate() {
    open(1000, 100);
    for (int i = 0; i < 50; i++) {
      send("old" + i, START + i);
    }
    assertThat(metric("texts")).isEqualTo(50);
    long later = START + Duration.ofHours(1).toMillis();
    for (int i = 0; i < EventClock.MAJORITY; i++) {
      send("new" + i, later + i);
    }
    assertThat(metric("texts")).isEqualTo(EventClock.MAJORITY);
    send("new0", later - GRACE - 1);
    assertThat(metric("late-total")).isEqualTo(1);
    assertThat(pairs()).isEmpty();
    send("new0", later - GRACE);
    assertThat(pairs()).hasSize(1);
  }

  @Test
  void shouldKeepTheNameOfAGroupWhenTheTextThatBeganItHasExpired() {
    open(1000, 100);
    long time = START;
    send("cat", time);
    List<DuplicateRecord> all = new ArrayList<>();
    for (int i = 1; i <= 10; i++) {
      time = START + i * (WINDOW - 1);
      send("cat", time);
      all.addAll(pairs());
    }
    assertThat(all).hasSize(10);
    assertThat(all).extracting(DuplicateRecord::group).containsOnly("texts-0-0");
  }

  @Test
  void shouldJoinTwoGroupsUnderTheNameOfTheElder() {
    open(1000, 100);
    send("a", START);
    send("a", START + 1);
    send("a~40~b", START + 2);
    send("a~40~b", START + 3);
    assertThat(pairs())
        .extracting(DuplicateRecord::group)
        .containsExactly("texts-0-0", "texts-0-2");
    send("a~20~b", START + 4); // 20 degrees from both: a cosine of 0.94
    List<DuplicateRecord> joining = pairs();
    assertThat(joining).hasSize(4);
    assertThat(joining).extracting(DuplicateRecord::mergedGroup).containsOnlyOnce("texts-0-2");
    assertThat(joining.get(3).group()).isEqualTo("texts-0-0");
  }

  @Test
  void shouldReportAsManyPairsAsAllowedAndCountTheOthersWhenAllTextsAreEqual() {
    open(1000, 5);
    for (int i = 0; i < 30; i++) {
      send("same", START + i);
    }
    assertThat(pairs()).hasSize(1 + 2 + 3 + 4 + 5 * 25);
    assertThat(metric("pairs-left-out-total")).isPositive();
  }

  @Test
  void shouldLetTheOldestLeaveEarlyWhenAPartitionIsFull() {
    open(10, 100);
    send("cat", START);
    for (int i = 1; i <= 10; i++) {
      send("other" + i, START + i);
    }
    assertThat(metric("evicted-total")).isEqualTo(1);
    assertThat(metric("texts")).isEqualTo(10);
    send("cat", START + 20);
    assertThat(pairs()).isEmpty();
    send("other9", START + 21);
    assertThat(pairs()).hasSize(1);
  }

  @Test
  void shouldNotCompareVectorsOfTwoModels() {
    open(100, 100);
    send("cat", START, "v1");
    send("cat", START + 1, "v2");
    send("cat", START + 2, "v2");
    assertThat(pairs()).extracting(DuplicateRecord::modelVersion).containsExactly("v2");
  }

  @Test
  void shouldPassOverVectorsOfAnotherDimension() {
    open(100, 100);
    send("cat", START);
    EmbeddingRecord two = embedding(new float[] {1, 0}, "v1", START);
    assertThat(window.message(two, "two", record("two", START))).isEmpty();
    WindowItem foreign = new WindowItem("id", "texts", 0, 99, START, "v1", new short[] {32_767, 0});
    Route home = new Route(0, new int[0]);
    WindowMessage message = WindowMessage.home(home, foreign, "two", new byte[0]);
    input.pipeInput(null, WindowCodec.encode(message), START);
    send("cat", START + 1);
    assertThat(pairs()).hasSize(1);
    assertThat(metric("incomparable-total")).isEqualTo(2);
  }

  @Test
  void shouldRefuseAWindowThatDoesNotFitTheMemoryWithTheArithmetic() {
    AppConfig config =
        new AppConfig(
            Map.of(
                "bootstrap.servers",
                "none:1",
                AppConfig.DUPLICATES_TOPIC,
                "duplicates",
                AppConfig.WINDOW_PARTITION_MAX_RECORDS,
                "1000000"));
    assertThatThrownBy(() -> WindowSetup.checkMemory(config, 384, 2L << 30))
        .isInstanceOf(StreamStartException.class)
        .hasMessageContaining("4 partitions of 1,000,000 texts of 960 bytes")
        .hasMessageContaining("3,662 MB")
        .hasMessageContaining("2,048 MB")
        .hasMessageContaining(AppConfig.WINDOW_PARTITION_MAX_RECORDS);
    WindowSetup.checkMemory(config, 384, 8L << 30);
  }

  @Test
  void shouldPassOnTheEmbeddingsOfFirstOccurrencesAsTheyAre() {
    openWithFirsts();
    send("cat", START);
    send("dog", START + 1);
    send("cat~5~dog", START + 2);
    send("cat", START + 2 * WINDOW + 1); // none of them is in its window
    List<TestRecord<byte[], byte[]>> records = unique.readRecordsToList();
    assertThat(records)
        .extracting(in -> new String(in.value(), UTF_8))
        .containsExactly("value of cat", "value of dog", "value of cat");
    TestRecord<byte[], byte[]> dog = records.get(1);
    assertThat(dog.key()).isEqualTo("key of dog".getBytes(UTF_8));
    assertThat(dog.timestamp()).isEqualTo(START + 1);
    assertThat(dog.headers()).isEqualTo(record("dog", START).headers());
    assertThat(metric("firsts-total")).isEqualTo(3);
    assertThat(metric("repeats-total")).isEqualTo(1);
  }

  @Test
  void shouldNotPassOnAnEarlierTextThatComesWhenTheLaterOneHasBeenPassedOn() {
    openWithFirsts();
    send("cat", START + 5);
    send("cat", START);
    assertThat(unique.readRecordsToList())
        .extracting(TestRecord::timestamp)
        .containsOnly(START + 5);
  }

  @Test
  void shouldPassOnTextsThatAreTooLateToBeCompared() {
    openWithFirsts();
    for (int i = 0; i < EventClock.SIZE; i++) {
      send("new" + i, START + 2 * WINDOW);
    }
    assertThat(unique.readRecordsToList()).hasSize(EventClock.SIZE);
    send("late", START);
    send("late", START);
    assertThat(metric("late-total")).isEqualTo(2);
    assertThat(unique.readRecordsToList()).hasSize(2);
  }

  @Test
  void shouldPassOnWhatIsSimilarToNothingWithoutTheWindow() {
    openWithFirsts();
    MockProcessorContext<byte[], byte[]> context = new MockProcessorContext<>();
    Record<byte[], byte[]> record = record("nothing", START);
    float[] zero = new float[PlaneEncoder.DIMENSION];
    window.forward(embedding(zero, "v1", START), "nothing", record, context);
    assertThat(context.forwarded())
        .singleElement()
        .satisfies(
            forwarded -> {
              assertThat(forwarded.childName()).contains("unique-incomparable");
              assertThat(forwarded.record()).isEqualTo(record);
            });
  }

  private void openWithFirsts() {
    open(1000, 100, "unique");
    unique =
        driver.createOutputTopic(
            "unique", new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }

  private void open(int maxRecords, int maxPairs) {
    open(maxRecords, maxPairs, null);
  }

  private void open(int maxRecords, int maxPairs, String uniqueTopic) {
    float[][] anchors = {PlaneEncoder.embedding("anchor")};
    WindowSettings settings =
        new WindowSettings(
            Duration.ofMillis(WINDOW),
            Duration.ofMillis(GRACE),
            0.9f,
            PlaneEncoder.DIMENSION,
            new ContentRouter(anchors, 1, 0.9f),
            1,
            maxRecords,
            maxPairs,
            "duplicates",
            uniqueTopic,
            () -> DuplicateSerdes.serializer(Map.of()));
    window = new WindowTopology(settings, new WindowMetrics(metrics));
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

  private void send(String text, long time) {
    send(text, time, "v1");
  }

  private void send(String text, long time, String version) {
    EmbeddingRecord embedding = embedding(PlaneEncoder.embedding(text), version, time);
    input.pipeInput(null, window.message(embedding, text, record(text, time)).orElseThrow(), time);
  }

  /** Stands for a record of the topic of embeddings. */
  private static Record<byte[], byte[]> record(String text, long time) {
    RecordHeaders headers = new RecordHeaders();
    headers.add("header", text.getBytes(UTF_8));
    return new Record<>(
        ("key of " + text).getBytes(UTF_8), ("value of " + text).getBytes(UTF_8), time, headers);
  }

  private EmbeddingRecord embedding(float[] vector, String version, long time) {
    int offset = sent++;
    return new EmbeddingRecord(
        "id" + offset, vector, "plane", version, 3, false, "texts", 0, offset, time, null);
  }

  private List<DuplicateRecord> pairs() {
    return output.readValuesToList().stream()
        .map(value -> DuplicateSerdes.deserializer(Map.of()).deserialize("duplicates", value))
        .toList();
  }

  private double metric(String name) {
    return metrics.metrics().entrySet().stream()
        .filter(entry -> entry.getKey().name().equals(name))
        .mapToDouble(entry -> (double) entry.getValue().metricValue())
        .sum();
  }
}
