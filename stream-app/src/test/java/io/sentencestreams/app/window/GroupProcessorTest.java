package io.sentencestreams.app.window;

import static org.assertj.core.api.Assertions.assertThat;

import io.sentencestreams.app.topology.RunningPartitions;
import io.sentencestreams.model.window.ContentRouter;
import io.sentencestreams.model.window.EventClock;
import io.sentencestreams.schemas.DuplicateRecord;
import io.sentencestreams.schemas.DuplicateSerdes;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.metrics.Metrics;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.processor.api.MockProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class GroupProcessorTest {
  private static final long START = 1_767_225_600_000L;
  private static final Duration WINDOW = Duration.ofSeconds(10);

  private final MockProcessorContext<byte[], byte[]> context = new MockProcessorContext<>();
  private final KeyValueStore<byte[], byte[]> seen =
      MemoryStores.open(WindowTopology.SEEN_STORE, Serdes.ByteArray());
  private final KeyValueStore<byte[], byte[]> groups =
      MemoryStores.open(WindowTopology.GROUPS_STORE, Serdes.ByteArray());
  private final RunningPartitions running = new RunningPartitions();
  private GroupProcessor processor;
  private long offset;

  @BeforeEach
  void open() {
    context.setCurrentSystemTimeMs(START);
    context.addStateStore(seen);
    context.addStateStore(groups);
    context.addStateStore(MemoryStores.open(WindowTopology.GROUPS_STATE_STORE, Serdes.String()));
    WindowSettings settings =
        new WindowSettings(
            WINDOW,
            Duration.ZERO,
            Duration.ZERO,
            false,
            0.9f,
            2,
            new ContentRouter(new float[][] {{1, 0}}, 1, 0.9f),
            1,
            100,
            100,
            10_000,
            1 << 20,
            "duplicates",
            null,
            () -> DuplicateSerdes.serializer(Map.of()));
    processor = new GroupProcessor(settings, new WindowMetrics(new Metrics()), running);
    processor.init(context);
  }

  @Test
  void shouldBeKnownAsRunningFromInitToClose() {
    assertThat(running.isRunning(0)).isTrue();
    processor.close();
    assertThat(running.isRunning(0)).isFalse();
    processor.init(context);
    assertThat(running.isRunning(0)).isTrue();
    running.closed(0, new Object()); // a predecessor's close that comes late
    assertThat(running.isRunning(0)).isTrue();
  }

  @Test
  void shouldReportOnceThePairThatBothPartitionsFind() {
    come(pair(0, 1, true, EventClock.UNKNOWN));
    come(pair(0, 1, true, EventClock.UNKNOWN));
    assertThat(duplicates()).hasSize(1);
    assertThat(entries(seen)).isEmpty();
  }

  @Test
  void shouldReportAPairAgainWhoseRecordIsReadAgain() {
    come(pair(0, 1, true, EventClock.UNKNOWN));
    offset--; // it was noted in the store, and not written
    come(pair(0, 1, true, EventClock.UNKNOWN));
    assertThat(duplicates()).hasSize(2);
    come(pair(0, 1, true, EventClock.UNKNOWN)); // the other partition's
    assertThat(duplicates()).hasSize(2);
  }

  @Test
  void shouldTellAgainWhichGroupAPairHasJoinedWhenItsRecordIsReadAgain() {
    come(pair(0, 1, false, EventClock.UNKNOWN));
    come(pair(2, 3, false, EventClock.UNKNOWN));
    come(pair(1, 2, false, EventClock.UNKNOWN));
    offset--;
    come(pair(1, 2, false, EventClock.UNKNOWN));
    come(pair(0, 3, false, EventClock.UNKNOWN));
    assertThat(duplicates())
        .extracting(DuplicateRecord::mergedGroup)
        .containsExactly(null, null, "texts-0-2", "texts-0-2", null);
    come(pair(100_000, 100_001, false, START + 100_000_000));
    assertThat(entries(groups)).hasSize(6);
  }

  @Test
  void shouldForgetPairsAndGroupsWithTheFirstPairAfterALongTimeWithout() {
    for (int i = 0; i < 20; i++) {
      come(pair(i, i + 1, true, START));
    }
    assertThat(entries(seen)).hasSize(20);
    int before = entries(groups).size();
    come(pair(100_000, 100_001, false, START + 100_000_000));
    assertThat(entries(seen)).isEmpty();
    // Two texts and a group, each with an entry that says when it is due.
    assertThat(entries(groups)).hasSize(6).hasSizeLessThan(before);
    assertThat(duplicates()).hasSize(21);
    assertThat(duplicates().get(20).group()).isEqualTo("texts-0-100000");
  }

  private void come(PairMessage pair) {
    context.setRecordMetadata("pairs", 0, offset++);
    processor.process(new Record<>(null, pair.encode(), START, new RecordHeaders()));
  }

  private static PairMessage pair(int a, int b, boolean twice, long clock) {
    return PairMessage.of(item(a), item(b), 0.95f, twice, false, clock);
  }

  private static WindowItem item(int number) {
    return new WindowItem(
        "id" + number, "texts", 0, number, START + number * 1000L, "v1", new short[0]);
  }

  private List<DuplicateRecord> duplicates() {
    return context.forwarded().stream()
        .map(
            forwarded ->
                DuplicateSerdes.deserializer(Map.of())
                    .deserialize("duplicates", forwarded.record().value()))
        .toList();
  }

  private static List<String> entries(KeyValueStore<byte[], byte[]> store) {
    List<String> keys = new ArrayList<>();
    try (KeyValueIterator<byte[], byte[]> all = store.all()) {
      while (all.hasNext()) {
        KeyValue<byte[], byte[]> entry = all.next();
        keys.add(new String(entry.key, StandardCharsets.ISO_8859_1));
      }
    }
    return keys;
  }
}
