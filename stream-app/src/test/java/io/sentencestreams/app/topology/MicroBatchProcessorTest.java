package io.sentencestreams.app.topology;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sentencestreams.app.batch.LetterEncoder;
import io.sentencestreams.app.batch.MicroBatcher;
import io.sentencestreams.app.batch.MicroBatcherOptions;
import io.sentencestreams.schemas.EmbeddingRecord;
import io.sentencestreams.schemas.EmbeddingSerdes;
import java.nio.charset.StandardCharsets;
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
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TestOutputTopic;
import org.apache.kafka.streams.TopologyConfig;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.errors.internals.ExceptionHandlerUtils;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.test.TestRecord;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MicroBatchProcessorTest {
  private static final String EXACTLY_ONCE = StreamsConfig.EXACTLY_ONCE_V2;
  private static final String AT_LEAST_ONCE = StreamsConfig.AT_LEAST_ONCE;

  @TempDir private Path stateFolder;

  private final LetterEncoder encoder = new LetterEncoder();
  private final Metrics metrics = new Metrics();
  private final Metrics topologyMetricsTree = new Metrics();
  private final TopologyMetrics topologyMetrics = new TopologyMetrics(topologyMetricsTree);
  private final MicroBatcher batcher =
      new MicroBatcher(() -> encoder, MicroBatcherOptions.defaults(), metrics);
  private final Deserializer<EmbeddingRecord> embeddings = EmbeddingSerdes.deserializer(Map.of());

  private TopologyTestDriver driver;
  private TestInputTopic<byte[], byte[]> texts;
  private TestOutputTopic<byte[], byte[]> output;
  private TestOutputTopic<byte[], byte[]> deadLetters;

  @BeforeAll
  static void lookOften() {
    Awaitility.setDefaultPollDelay(Duration.ZERO);
    Awaitility.setDefaultPollInterval(Duration.ofMillis(2));
    Awaitility.setDefaultTimeout(Duration.ofMinutes(5));
  }

  @AfterEach
  void tearDown() {
    encoder.letThrough(1_000_000);
    if (driver != null) {
      driver.close();
    }
    batcher.close();
    metrics.close();
    topologyMetricsTree.close();
    embeddings.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {EXACTLY_ONCE, AT_LEAST_ONCE})
  void shouldForwardEmbeddingsWithKeyHeadersTimeAndCoordinatesInOrder(String guarantee) {
    open(guarantee, RecordLimits.of(1 << 20));
    for (int i = 0; i < 50; i++) {
      // falling lengths: batches sort them the other way round
      String text = "x".repeat(50 - i);
      texts.pipeInput(
          new TestRecord<>(
              bytes("key" + i),
              bytes(text),
              new RecordHeaders().add("trace", bytes("t" + i)),
              1000L + i));
    }
    List<TestRecord<byte[], byte[]>> records = forwarded(50);
    for (int i = 0; i < 50; i++) {
      TestRecord<byte[], byte[]> record = records.get(i);
      EmbeddingRecord embedding = embeddings.deserialize("embeddings", record.value());
      assertThat(record.key()).isEqualTo(bytes("key" + i));
      assertThat(record.timestamp()).isEqualTo(1000L + i);
      assertThat(record.headers().lastHeader("trace").value()).isEqualTo(bytes("t" + i));
      assertThat(embedding.id()).isEqualTo("texts-0-" + i);
      assertThat(embedding.offset()).isEqualTo(i);
      assertThat(embedding.eventTimeMillis()).isEqualTo(1000L + i);
      assertThat(embedding.model()).isEqualTo("letters");
      assertThat(embedding.modelVersion()).isEqualTo("letters-1");
      assertThat(embedding.tokens()).isEqualTo(50 - i);
      assertThat(embedding.truncated()).isFalse();
      assertThat(embedding.text()).isNull();
      assertThat(embedding.vector()).isEqualTo(LetterEncoder.embedding("x".repeat(50 - i)));
    }
  }

  @Test
  void shouldKeepWhatIsInFlightInTheStoreAndEmptyItWithTheForwarding() {
    open(EXACTLY_ONCE, RecordLimits.of(1 << 20));
    encoder.hold();
    texts.pipeInput(bytes("a"), bytes("one"));
    texts.pipeInput(bytes("b"), bytes("two"));
    assertThat(stored()).hasSize(2);
    assertThat(output.isEmpty()).isTrue();
    encoder.letThrough(10);
    forwarded(2);
    assertThat(stored()).isEmpty();
  }

  @Test
  void shouldUseFewSlotsAgainAndAgain() {
    open(EXACTLY_ONCE, RecordLimits.of(1 << 20));
    for (int i = 0; i < 20; i++) {
      texts.pipeInput(bytes("k"), bytes("text " + i));
      forwarded(1);
    }
    encoder.hold();
    texts.pipeInput(bytes("k"), bytes("last"));
    assertThat(keys()).containsExactly(0);
    encoder.letThrough(1);
    forwarded(1);
  }

  @Test
  void shouldEmptyASlotOnlyAfterALaterCommitUnderAtLeastOnce() {
    open(AT_LEAST_ONCE, RecordLimits.of(1 << 20));
    texts.pipeInput(bytes("a"), bytes("one"));
    // TopologyTestDriver commits after each punctuation; the forwarding happens within one, so
    // the slot is still full after it and is emptied in the next.
    await()
        .until(
            () -> {
              boolean slotFullBefore = !stored().isEmpty();
              driver.advanceWallClockTime(Duration.ofMillis(1));
              if (!output.isEmpty()) {
                assertThat(slotFullBefore).isTrue();
                assertThat(stored()).hasSize(1);
                return true;
              }
              return false;
            });
    driver.advanceWallClockTime(Duration.ofMillis(1));
    assertThat(stored()).isEmpty();
  }

  @Test
  void shouldLetATombstoneTakeItsPlaceBehindAPendingRecordOfItsKey() {
    open(EXACTLY_ONCE, RecordLimits.of(1 << 20));
    encoder.hold();
    texts.pipeInput(bytes("k"), bytes("text"));
    texts.pipeInput(bytes("k"), (byte[]) null);
    assertThat(stored()).hasSize(2);
    encoder.letThrough(1);
    List<TestRecord<byte[], byte[]>> records = forwarded(2);
    assertThat(records.get(0).value()).isNotNull();
    assertThat(records.get(1).value()).isNull();
    assertThat(records.get(1).key()).isEqualTo(bytes("k"));
  }

  @Test
  void shouldPassATombstoneThroughAtOnceWhenNothingIsPending() {
    open(EXACTLY_ONCE, RecordLimits.of(1 << 20));
    texts.pipeInput(bytes("k"), (byte[]) null);
    assertThat(output.readRecord().value()).isNull();
    assertThat(stored()).isEmpty();
  }

  @Test
  void shouldSendAPoisonedTextToTheDeadLettersWithItsOwnCoordinatesAndTheRestOn() {
    encoder.poison("poison");
    open(EXACTLY_ONCE, RecordLimits.of(1 << 20));
    encoder.hold();
    texts.pipeInput(bytes("a"), bytes("one"));
    texts.pipeInput(
        new TestRecord<>(
            bytes("b"), bytes("poison"), new RecordHeaders().add("trace", bytes("t")), 77L));
    texts.pipeInput(bytes("c"), bytes("three"));
    encoder.letThrough(100);
    assertThat(forwarded(2)).extracting(TestRecord::key).containsExactly(bytes("a"), bytes("c"));
    TestRecord<byte[], byte[]> letter = deadLetters.readRecord();
    assertThat(letter.key()).isEqualTo(bytes("b"));
    assertThat(letter.value()).isEqualTo(bytes("poison"));
    assertThat(letter.timestamp()).isEqualTo(77L);
    assertThat(header(letter, "trace")).isEqualTo("t");
    assertThat(header(letter, ExceptionHandlerUtils.HEADER_ERRORS_TOPIC_NAME)).isEqualTo("texts");
    assertThat(header(letter, ExceptionHandlerUtils.HEADER_ERRORS_PARTITION_NAME)).isEqualTo("0");
    assertThat(header(letter, ExceptionHandlerUtils.HEADER_ERRORS_OFFSET_NAME)).isEqualTo("1");
    assertThat(header(letter, ExceptionHandlerUtils.HEADER_ERRORS_EXCEPTION_NAME))
        .isEqualTo("io.sentencestreams.model.EncoderException");
    assertThat(header(letter, ExceptionHandlerUtils.HEADER_ERRORS_EXCEPTION_MESSAGE_NAME))
        .isEqualTo("the kernel refused its input");
    assertThat(header(letter, ExceptionHandlerUtils.HEADER_ERRORS_STACKTRACE_NAME))
        .contains("LetterEncoder");
    assertThat(deadLetters.isEmpty()).isTrue();
  }

  @Test
  void shouldSendARecordWithoutAUsableTextToTheDeadLetters() {
    open(EXACTLY_ONCE, RecordLimits.of(1 << 20));
    texts.pipeInput(bytes("k"), new byte[] {'a', (byte) 0xff, 'b'});
    TestRecord<byte[], byte[]> letter = deadLetters.readRecord();
    assertThat(letter.value()).isEqualTo(new byte[] {'a', (byte) 0xff, 'b'});
    assertThat(header(letter, DeadLetters.MESSAGE)).contains("UTF-8");
    assertThat(header(letter, DeadLetters.OFFSET)).isEqualTo("0");
    assertThat(stored()).isEmpty();
  }

  @Test
  void shouldSendTooLargeARecordToTheDeadLettersWithoutItsValueAndWithItsCoordinates() {
    open(EXACTLY_ONCE, RecordLimits.of(8_192));
    texts.pipeInput(bytes("k"), bytes("x".repeat(10_000)));
    TestRecord<byte[], byte[]> letter = deadLetters.readRecord();
    assertThat(letter.value()).isNull();
    assertThat(header(letter, DeadLetters.OMITTED)).isEqualTo("10001");
    assertThat(header(letter, DeadLetters.MESSAGE)).contains("8192").contains("max.request.size");
    assertThat(header(letter, DeadLetters.OFFSET)).isEqualTo("0");
  }

  @Test
  void shouldSendARecordWhoseEmbeddingIsTooLargeToTheDeadLetters() {
    open(EXACTLY_ONCE, new RecordLimits(1 << 20, 600, 1 << 20, 1 << 20));
    texts.pipeInput(bytes("k"), bytes("text"));
    await()
        .until(
            () -> {
              driver.advanceWallClockTime(Duration.ofMillis(1));
              return !deadLetters.isEmpty();
            });
    TestRecord<byte[], byte[]> letter = deadLetters.readRecord();
    assertThat(letter.value()).isEqualTo(bytes("text"));
    assertThat(header(letter, DeadLetters.MESSAGE)).contains("topic embeddings");
    assertThat(output.isEmpty()).isTrue();
  }

  @Test
  void shouldForwardNothingWhenClosedAndDropResultsOfItsTime() {
    open(EXACTLY_ONCE, RecordLimits.of(1 << 20));
    encoder.hold();
    texts.pipeInput(bytes("a"), bytes("one"));
    driver.close();
    driver = null;
    encoder.letThrough(10);
    assertThat(topologyMetrics.inFlight()).isZero();
    await().until(() -> batcher.inFlightTokens() == 0);
    assertThat(topologyMetrics.embeddings()).isZero();
  }

  @Test
  void shouldWaitForATasksOldestRecordWhenTooMuchIsInFlightThoughTheEncoderNeverSeesIt()
      throws InterruptedException {
    open(withOneRecordInFlight(Duration.ofMinutes(5)));
    encoder.hold();
    texts.pipeInput(bytes("a"), bytes("one"));
    Thread tombstone = new Thread(() -> texts.pipeInput(bytes("b"), (byte[]) null));
    tombstone.start();
    await().until(() -> tombstone.getState() == Thread.State.TIMED_WAITING);
    assertThat(topologyMetrics.inFlight()).isEqualTo(1);
    encoder.letThrough(1);
    tombstone.join();
    assertThat(forwarded(2)).extracting(TestRecord::key).containsExactly(bytes("a"), bytes("b"));
  }

  @Test
  void shouldLetARecordInWhenItsThreadMayWaitNoLonger() {
    open(withOneRecordInFlight(Duration.ZERO));
    encoder.hold();
    texts.pipeInput(bytes("a"), bytes("one"));
    texts.pipeInput(bytes("a"), (byte[]) null);
    assertThat(stored()).hasSize(2);
    encoder.letThrough(1);
    assertThat(forwarded(2)).extracting(TestRecord::key).containsExactly(bytes("a"), bytes("a"));
  }

  private static EmbeddingTopology.Settings withOneRecordInFlight(Duration maxWait) {
    return TestSettings.of(true, RecordLimits.of(1 << 20), 1, maxWait);
  }

  private void open(String guarantee, RecordLimits limits) {
    open(TestSettings.of(guarantee.equals(EXACTLY_ONCE), limits));
  }

  private void open(EmbeddingTopology.Settings settings) {
    Properties properties = new Properties();
    properties.put(StreamsConfig.APPLICATION_ID_CONFIG, "test");
    properties.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, "none:1");
    properties.put(
        StreamsConfig.PROCESSING_GUARANTEE_CONFIG,
        settings.exactlyOnce() ? EXACTLY_ONCE : AT_LEAST_ONCE);
    properties.put(StreamsConfig.STATE_DIR_CONFIG, stateFolder.toString());
    properties.put(StreamsConfig.ENSURE_EXPLICIT_INTERNAL_RESOURCE_NAMING_CONFIG, true);
    driver =
        new TopologyTestDriver(
            EmbeddingTopology.build(
                new TopologyConfig(new StreamsConfig(properties)),
                settings,
                batcher,
                topologyMetrics),
            properties);
    texts = driver.createInputTopic("texts", new ByteArraySerializer(), new ByteArraySerializer());
    output =
        driver.createOutputTopic(
            "embeddings", new ByteArrayDeserializer(), new ByteArrayDeserializer());
    deadLetters =
        driver.createOutputTopic(
            "dead-letters", new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }

  private List<TestRecord<byte[], byte[]>> forwarded(int count) {
    List<TestRecord<byte[], byte[]>> records = new ArrayList<>();
    await()
        .until(
            () -> {
              driver.advanceWallClockTime(Duration.ofMillis(1));
              records.addAll(output.readRecordsToList());
              return records.size() >= count;
            });
    assertThat(records).hasSize(count);
    return records;
  }

  private List<byte[]> stored() {
    List<byte[]> values = new ArrayList<>();
    store().all().forEachRemaining(entry -> values.add(entry.value));
    return values;
  }

  private List<Integer> keys() {
    List<Integer> keys = new ArrayList<>();
    store().all().forEachRemaining(entry -> keys.add(entry.key));
    return keys;
  }

  private KeyValueStore<Integer, byte[]> store() {
    return driver.getKeyValueStore(EmbeddingTopology.IN_FLIGHT_STORE);
  }

  private static String header(TestRecord<byte[], byte[]> record, String name) {
    return new String(record.headers().lastHeader(name).value(), StandardCharsets.UTF_8);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
