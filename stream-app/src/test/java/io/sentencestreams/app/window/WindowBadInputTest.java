package io.sentencestreams.app.window;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sentencestreams.model.window.EventClock;
import io.sentencestreams.model.window.FixedPointVector;
import io.sentencestreams.model.window.Route;
import io.sentencestreams.schemas.DuplicateRecord;
import java.time.Duration;
import java.util.List;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.streams.errors.StreamsException;
import org.apache.kafka.streams.test.TestRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What comes into a window that nobody wishes for. */
class WindowBadInputTest extends WindowDriver {
  private static final long YEAR = Duration.ofDays(365).toMillis();

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void shouldFindTheSamePairsBesideRecordsAYearAheadAndAYearBehind(boolean exactly) {
    exactlyOnce = exactly;
    openWithFirsts();
    for (int i = 0; i < 200; i++) {
      send("text" + i % 50, START + i * 100L);
      if (i % 10 == 5) {
        send("ahead" + i, START + YEAR);
        send("behind" + i, START - YEAR);
      }
    }
    assertThat(pairs()).hasSize(5 * 50); // each text four times, 5 seconds apart
    assertThat(metric("late-total")).isLessThanOrEqualTo(20);
    for (int i = 0; i < EventClock.SIZE; i++) { // and then the clock goes on as it should
      send("later" + i, START + Duration.ofHours(1).toMillis() + i);
    }
    assertThat(metric("texts")).as("these and those ahead").isEqualTo(EventClock.SIZE + 20);
  }

  @Test
  void shouldPassOnOneOfTextsThatAreAllEqualAndKeepThemInOneGroup() {
    openWithFirsts();
    for (int i = 0; i < 500; i++) {
      send("same", START + i);
    }
    List<DuplicateRecord> pairs = pairs();
    assertThat(pairs).hasSize(99 * 100 / 2 + 400 * 100);
    assertThat(pairs).extracting(DuplicateRecord::group).containsOnly("texts-0-0");
    assertThat(unique.readRecordsToList()).extracting(TestRecord::timestamp).containsExactly(START);
    assertThat(metric("repeats-total")).isEqualTo(499);
  }

  @Test
  void shouldReportNoPairAndPassAllOnWhenAllTextsAreDifferent() {
    openWithFirsts();
    for (int i = 0; i < 1000; i++) {
      send("text" + i, START + i);
    }
    assertThat(pairs()).isEmpty();
    assertThat(unique.readRecordsToList()).hasSize(1000);
    assertThat(metric("pairs-total")).isZero();
  }

  @Test
  void shouldFindThePairsOfAnInputOfWhichOneHotPartitionHasNearlyAll() {
    openWithFirsts();
    for (int i = 0; i < 500; i++) {
      send("text" + i % 100, START + i * 100L);
      if (i % 100 == 99) {
        pipe(message("text" + i % 100, 1, START + i * 100L));
      }
    }
    // Each with the one 10 seconds before it, and the five others with what is as near to them.
    assertThat(pairs()).hasSize(400 + 5 + 2 * 4 + 4);
    assertThat(metric("late-total")).isZero();
  }

  @Test
  void shouldCompareTextsOfAnUnknownModelOnlyWithOneAnother() {
    open(100, 100);
    send("cat", START);
    for (int i = 0; i < 2; i++) {
      pipe(foreign("unheard-of", PlaneEncoder.embedding("cat"), START + i));
    }
    send("cat", START + 2);
    assertThat(pairs())
        .extracting(DuplicateRecord::modelVersion)
        .containsExactly("unheard-of", "v1");
  }

  @Test
  void shouldPassOnAnUnknownModelsTextOfAnotherDimensionUncompared() {
    openWithFirsts();
    send("cat", START);
    pipe(foreign("unheard-of", new float[] {1, 0, 0}, START));
    send("cat", START + 1);
    assertThat(pairs()).hasSize(1);
    assertThat(metric("incomparable-total")).isEqualTo(1);
    assertThat(unique.readRecordsToList()).hasSize(2);
  }

  @Test
  void shouldRefuseWhatAnotherVersionOfTheProgramHasWritten() {
    open(100, 100);
    byte[] message = foreign("v1", PlaneEncoder.embedding("cat"), START);
    message[0] = 99;
    assertThatThrownBy(() -> pipe(message))
        .isInstanceOf(StreamsException.class)
        .hasRootCauseInstanceOf(SerializationException.class)
        .rootCause()
        .hasMessageContaining("format version 99");
  }

  private byte[] foreign(String version, float[] vector, long time) {
    WindowItem item =
        new WindowItem("foreign", "texts", 7, offset++, time, version, FixedPointVector.of(vector));
    byte[] first = WindowTopology.first(embedding(vector, version, time), record("foreign", time));
    return WindowCodec.encode(WindowMessage.home(new Route(0, new int[0]), item, "cat", first));
  }
}
