package io.sentencestreams.app.window;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import io.sentencestreams.app.StreamStartException;
import io.sentencestreams.app.config.AppConfig;
import io.sentencestreams.model.window.EventClock;
import io.sentencestreams.model.window.Route;
import io.sentencestreams.schemas.DuplicateRecord;
import io.sentencestreams.schemas.EmbeddingRecord;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.processor.api.MockProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.test.TestRecord;
import org.junit.jupiter.api.Test;

class WindowTopologyTest extends WindowDriver {
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
  void shouldNotTakeTheTextsOfASlowPartitionForLate() {
    open(1000, 100);
    for (int i = 0; i < EventClock.SIZE; i++) {
      send("fast" + i, START + i * WINDOW);
      pipe(message("slow" + i, 1, START + i));
    }
    pipe(message("slow0", 1, START));
    assertThat(metric("late-total")).isZero();
    assertThat(pairs()).hasSize(1);
    for (int i = 0; i < 2 * EventClock.SIZE; i++) { // the slow partition is not heard any more
      send("fast" + i, START + (EventClock.SIZE + i) * WINDOW);
    }
    pipe(message("slow0", 1, START));
    assertThat(metric("late-total")).isEqualTo(1);
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
  void shouldReportEachTextInOnePairWhenThereAreMoreThanASecondMayHave() {
    maxPairsPerSecond = 10;
    open(1000, 100);
    for (int i = 0; i < 400; i++) {
      send("same", START + i);
    }
    List<DuplicateRecord> pairs = pairs();
    // In 40 seconds, those of ten more, and one of each text.
    assertThat(pairs).hasSizeBetween(10 * 10 + 10 * 40 - 10, 10 * 10 + 10 * 40 + 400);
    assertThat(metric("pairs-left-out-total")).isEqualTo((1 + 399) * 399 / 2 - pairs.size() + 0.0);
    assertThat(pairs).extracting(pair -> pair.b().offset()).containsAll(offsets(1, 399));
    assertThat(pairs).extracting(DuplicateRecord::group).containsOnly("texts-0-0");
  }

  private static List<Long> offsets(long from, long to) {
    return LongStream.rangeClosed(from, to).boxed().toList();
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
    assertThat(window.message(two, null, "two", record("two", START))).isEmpty();
    WindowItem foreign = new WindowItem("id", "texts", 0, 99, START, "v1", new short[] {32_767, 0});
    Route home = new Route(0, new int[0]);
    WindowMessage message = WindowMessage.home(home, foreign, "two", new byte[0]);
    pipe(WindowCodec.encode(message));
    send("cat", START + 1);
    assertThat(pairs()).hasSize(1);
    assertThat(metric("incomparable-total")).isEqualTo(2);
  }

  @Test
  void shouldKeepOfATextsWordsWhatTheWindowsTopicsTake() {
    openWithFirsts();
    String text = "cat" + "\u20ac".repeat(30_000) + "\ud83d\ude00".repeat(1000);
    for (int bytes : new int[] {MAX_BYTES / 2, MAX_BYTES - 2000, MAX_BYTES - 1000}) {
      Record<byte[], byte[]> record =
          new Record<>(null, new byte[bytes], START, new RecordHeaders());
      EmbeddingRecord embedding = embedding(PlaneEncoder.embedding("cat"), "v1", START);
      byte[] message = window.message(embedding, null, text, record).orElseThrow();
      assertThat(message.length).isBetween(MAX_BYTES - 600, MAX_BYTES - 512);
      WindowCodec.decode(
          message,
          read -> {
            assertThat(text).startsWith(read.text());
            assertThat(read.text()).matches("|.*[^\ud83d]");
          },
          answer -> fail("no answer was sent"));
    }
    assertThat(metric("texts-cut-total")).isEqualTo(3);
    EmbeddingRecord embedding = embedding(PlaneEncoder.embedding("cat"), "v1", START);
    Record<byte[], byte[]> tooLarge =
        new Record<>(null, new byte[MAX_BYTES], START, new RecordHeaders());
    assertThat(window.message(embedding, null, "cat", tooLarge)).isEmpty();
    EmbeddingRecord longId =
        new EmbeddingRecord(
            "\u0001".repeat(MAX_BYTES / 20 + 1),
            embedding.vector(),
            "plane",
            "v1",
            3,
            false,
            "texts",
            0,
            1,
            START,
            null);
    assertThat(window.message(longId, null, "cat", record("cat", START))).isEmpty();
    assertThat(metric("too-large-total")).isEqualTo(2);
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
    window.forward(embedding(zero, "v1", START), null, "nothing", record, context);
    assertThat(context.forwarded())
        .singleElement()
        .satisfies(
            forwarded -> {
              assertThat(forwarded.childName()).contains("unique-incomparable");
              assertThat(forwarded.record()).isEqualTo(record);
            });
  }

  @Test
  void shouldCompareTextsFromInstancesThatKnowNoTopicOfFirstOccurrencesAndPassNoneOn() {
    openWithFirsts();
    pipe(withoutEmbedding("cat", START));
    send("cat", START + 1); // the other may have been read by those who read such texts
    for (int i = 0; i < EventClock.SIZE; i++) {
      send("new" + i, START + 2 * WINDOW);
    }
    pipe(withoutEmbedding("late", START));
    assertThat(metric("late-total")).isEqualTo(1);
    assertThat(pairs()).hasSize(1);
    assertThat(unique.readRecordsToList())
        .extracting(in -> new String(in.value(), UTF_8))
        .hasSize(EventClock.SIZE)
        .allMatch(value -> value.startsWith("value of new"));
  }

  private byte[] withoutEmbedding(String text, long time) {
    byte[][] bytes = new byte[1][];
    WindowCodec.decode(
        message(text, 0, time),
        read -> {
          Route route = new Route(read.targets()[0], read.probes());
          bytes[0] =
              WindowCodec.encode(WindowMessage.home(route, read.item(), read.text(), new byte[0]));
        },
        answer -> fail("no answer was sent"));
    return bytes[0];
  }
}
