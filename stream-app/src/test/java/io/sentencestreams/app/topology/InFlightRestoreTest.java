package io.sentencestreams.app.topology;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.sentencestreams.app.batch.LetterEncoder;
import io.sentencestreams.app.batch.MicroBatcher;
import io.sentencestreams.app.batch.MicroBatcherOptions;
import io.sentencestreams.schemas.InFlightCodec;
import io.sentencestreams.schemas.InFlightEntry;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.metrics.Metrics;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.processor.api.MockProcessorContext;
import org.apache.kafka.streams.processor.api.MockProcessorContext.CapturedForward;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A task that is opened on a store in which another owner left records. */
class InFlightRestoreTest {
  private static final Duration PATIENCE = Duration.ofMinutes(5);

  private final LetterEncoder encoder = new LetterEncoder();
  private final Metrics metrics = new Metrics();
  private final Metrics topologyTree = new Metrics();
  private final TopologyMetrics topologyMetrics = new TopologyMetrics(topologyTree);
  private final MicroBatcher batcher =
      new MicroBatcher(() -> encoder, MicroBatcherOptions.defaults(), metrics);
  private final KeyValueStore<Integer, byte[]> store =
      Stores.keyValueStoreBuilder(
              Stores.inMemoryKeyValueStore(EmbeddingTopology.IN_FLIGHT_STORE),
              Serdes.Integer(),
              Serdes.ByteArray())
          .withLoggingDisabled()
          .build();
  private final CommitSignal commits =
      CommitSignal.builder(EmbeddingTopology.COMMIT_SIGNAL).build();
  private final AtomicLong clock = new AtomicLong();
  private final EarlyCommit earlyCommit = new EarlyCommit(Duration.ofMillis(100), clock::get);
  private MockProcessorContext<byte[], byte[]> context;

  @BeforeEach
  void openStores() {
    context = newContext();
  }

  @AfterEach
  void tearDown() {
    encoder.letThrough(1000);
    batcher.close();
    store.close();
    metrics.close();
    topologyTree.close();
  }

  @Test
  void shouldTakeUpWhatALostTaskLeftInOrderOfArrivalWhateverTheSlots() {
    store.put(0, entry(9, 19, "c", "three"));
    store.put(1, entry(7, 17, "a", "one"));
    store.put(4, entry(8, 18, "a", null));
    MicroBatchProcessor processor = processor(true);
    processor.init(context);
    List<CapturedForward<? extends byte[], ? extends byte[]>> forwarded = forwarded(3);
    assertThat(forwarded)
        .extracting(forward -> text(forward.record().key()))
        .containsExactly("a", "a", "c");
    assertThat(forwarded.get(1).record().value()).isNull();
    assertThat(text(forwarded.get(2).record().value())).contains("\"texts-3-19\"");
    assertThat(store.all().hasNext()).isFalse();
    assertThat(topologyMetrics.inFlight()).isZero();
    processor.close();
  }

  @Test
  void shouldSkipARecordReadAgainWhileItIsPending() {
    encoder.hold();
    store.put(0, entry(7, 17, "a", "one"));
    MicroBatchProcessor processor = processor(false);
    processor.init(context);
    context.setRecordMetadata("texts", 3, 17);
    processor.process(new Record<>(bytes("a"), new TextRecord(bytes("one"), "one", "id"), 5));
    assertThat(topologyMetrics.inFlight()).isEqualTo(1);
    context.setRecordMetadata("texts", 3, 18);
    processor.process(new Record<>(bytes("b"), new TextRecord(bytes("two"), "two", "id"), 5));
    assertThat(topologyMetrics.inFlight()).isEqualTo(2);
    encoder.letThrough(10);
    assertThat(forwarded(2))
        .extracting(forward -> text(forward.record().key()))
        .containsExactly("a", "b");
    processor.close();
  }

  @Test
  void shouldSkipAReplayThatComesAfterTheForwardingSoThatNoOldValueComesLast() {
    store.put(0, entry(7, 10, "k", "old"));
    store.put(1, entry(8, 11, "k", "new"));
    MicroBatchProcessor processor = processor(false);
    processor.init(context);
    forwarded(2);
    for (long offset = 10; offset <= 11; offset++) {
      context.setRecordMetadata("texts", 3, offset);
      processor.process(new Record<>(bytes("k"), new TextRecord(bytes("old"), "old", "id"), 5));
    }
    assertThat(topologyMetrics.inFlight()).isZero();
    // A record behind them says that their replay has passed: read again on purpose, they count.
    context.setRecordMetadata("texts", 3, 12);
    processor.process(new Record<>(bytes("k"), new TextRecord(bytes("x"), "x", "id"), 5));
    context.setRecordMetadata("texts", 3, 10);
    processor.process(new Record<>(bytes("k"), new TextRecord(bytes("old"), "old", "id"), 5));
    forwarded(4);
    processor.close();
  }

  @Test
  void shouldAskForACommitWhenNothingIsInFlightAndNotTooOften() {
    MicroBatchProcessor processor = processor(true);
    processor.init(context);
    encoder.hold();
    process(processor, 17);
    await().atMost(PATIENCE).until(() -> batcher.longestRunningCall().toNanos() > 0);
    process(processor, 18); // too late for the first batch
    encoder.letThrough(1);
    forwarded(1);
    assertThat(context.committed()).as("one is in flight").isFalse();
    encoder.letThrough(1000);
    forwarded(2);
    assertThat(context.committed()).isTrue();
    context.resetCommit();
    process(processor, 19);
    forwarded(3);
    punctuate();
    assertThat(context.committed()).as("too soon").isFalse();
    clock.addAndGet(Duration.ofMillis(25).toNanos());
    punctuate();
    assertThat(context.committed()).isTrue();
    assertThat(context.scheduledPunctuators()).allMatch(punctuator -> punctuator.cancelled());
    processor.close();
  }

  @Test
  void shouldNotAskForACommitWhileAnotherTaskOfItsThreadHasWork() {
    MicroBatchProcessor processor = processor(true);
    processor.init(context);
    earlyCommit.arrived(); // of another task
    process(processor, 17);
    forwarded(1);
    punctuate();
    assertThat(context.committed()).isFalse();
    // The commit of the interval has come by: there is nothing to ask for any more.
    clock.addAndGet(Duration.ofMillis(101).toNanos());
    punctuate();
    assertThat(context.committed()).isFalse();
    assertThat(context.scheduledPunctuators()).allMatch(punctuator -> punctuator.cancelled());
    processor.close();
  }

  @Test
  void shouldLeaveCommitsToTheIntervalUnderAtLeastOnceWhereReadersDoNotWaitForThem() {
    MicroBatchProcessor processor = processor(false);
    processor.init(context);
    process(processor, 17);
    forwarded(1);
    punctuate();
    assertThat(context.committed()).isFalse();
    processor.close();
  }

  private void process(MicroBatchProcessor processor, long offset) {
    context.setRecordMetadata("texts", 3, offset);
    processor.process(new Record<>(bytes("k"), new TextRecord(bytes("one"), "one", "id"), 5));
  }

  @Test
  void shouldStoreATombstoneBehindAForwardedRecordOfItsKeyUnderAtLeastOnce() {
    MicroBatchProcessor processor = processor(false);
    processor.init(context);
    context.setRecordMetadata("texts", 3, 10);
    processor.process(new Record<>(bytes("k"), new TextRecord(bytes("one"), "one", "id"), 5));
    forwarded(1);
    context.setRecordMetadata("texts", 3, 11);
    processor.process(new Record<>(bytes("k"), TextRecord.TOMBSTONE, 5));
    forwarded(2);
    processor.close();
    context.resetForwards();

    processor.init(context); // the next owner: nothing was committed, so both come again, in order
    assertThat(forwarded(2))
        .extracting(forward -> forward.record().value() == null)
        .containsExactly(false, true);
    processor.close();
  }

  @Test
  void shouldFillFreeSlotsBetweenThoseThatAreTaken() {
    encoder.hold();
    store.put(2, entry(7, 17, "a", "one"));
    MicroBatchProcessor processor = processor(true);
    processor.init(context);
    context.setRecordMetadata("texts", 3, 18);
    processor.process(new Record<>(bytes("b"), new TextRecord(bytes("two"), "two", "id"), 5));
    assertThat(InFlightCodec.decode(store.get(0)).sequence()).isEqualTo(8);
    assertThat(InFlightCodec.decode(store.get(2)).sequence()).isEqualTo(7);
    processor.close();
  }

  @Test
  void shouldSubmitAgainWhenASuspendedTaskIsResumedOnTheSameInstance() {
    encoder.hold();
    MicroBatchProcessor processor = processor(true);
    processor.init(context);
    context.setRecordMetadata("texts", 3, 17);
    processor.process(new Record<>(bytes("a"), new TextRecord(bytes("one"), "one", "id"), 5));
    await().atMost(PATIENCE).until(() -> batcher.longestRunningCall().toNanos() > 0);
    processor.close();
    assertThat(context.scheduledPunctuators()).allMatch(punctuator -> punctuator.cancelled());

    processor.init(context);
    encoder.letThrough(10); // the result of the first time is dropped, that of the second counts
    assertThat(forwarded(1))
        .extracting(forward -> text(forward.record().key()))
        .containsExactly("a");
    punctuate();
    assertThat(context.forwarded()).hasSize(1);
    assertThat(store.all().hasNext()).isFalse();
    processor.close();
  }

  @Test
  void shouldSendWhatTheConfigurationNoLongerUnderstandsToTheDeadLetters() {
    store.put(0, entry(7, 17, "a", " "));
    MicroBatchProcessor processor = processor(true);
    processor.init(context);
    assertThat(forwarded(1).get(0).childName()).contains(EmbeddingTopology.DEAD_LETTERS);
    assertThat(store.all().hasNext()).isFalse();
    processor.close();
  }

  @Test
  void shouldRefuseAStoreOfAnotherFormatVersion() {
    store.put(0, new byte[] {InFlightCodec.FORMAT_VERSION + 1, 0, 0});
    MicroBatchProcessor processor = processor(true);
    assertThatThrownBy(() -> processor.init(context))
        .isInstanceOf(SerializationException.class)
        .hasMessageContaining("format version 2");
    processor.close();
  }

  private MicroBatchProcessor processor(boolean exactlyOnce) {
    return new MicroBatchProcessor(
        TestSettings.of(exactlyOnce, RecordLimits.of(1 << 20)),
        batcher,
        new WaitBudget(Duration.ofSeconds(2)),
        new InFlightBound(1000, 1 << 20),
        earlyCommit,
        topologyMetrics);
  }

  private MockProcessorContext<byte[], byte[]> newContext() {
    MockProcessorContext<byte[], byte[]> fresh = new MockProcessorContext<>();
    store.init(fresh.getStateStoreContext(), store);
    commits.init(fresh.getStateStoreContext(), commits);
    return fresh;
  }

  private List<CapturedForward<? extends byte[], ? extends byte[]>> forwarded(int count) {
    await()
        .atMost(PATIENCE)
        .pollInSameThread() // as a task stays on its stream thread
        .until(
            () -> {
              punctuate();
              return context.forwarded().size() >= count;
            });
    assertThat(context.forwarded()).hasSize(count);
    return context.forwarded();
  }

  private void punctuate() {
    context.scheduledPunctuators().stream()
        .filter(punctuator -> !punctuator.cancelled())
        .forEach(punctuator -> punctuator.getPunctuator().punctuate(0));
  }

  private static byte[] entry(long sequence, long offset, String key, String value) {
    return InFlightCodec.encode(
        new InFlightEntry(
            sequence,
            "texts",
            3,
            offset,
            1234,
            bytes(key),
            value == null ? null : bytes(value),
            new RecordHeaders()));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
