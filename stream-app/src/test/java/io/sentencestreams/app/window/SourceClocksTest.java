package io.sentencestreams.app.window;

import static org.assertj.core.api.Assertions.assertThat;

import io.sentencestreams.model.window.EventClock;
import java.time.Duration;
import java.util.SplittableRandom;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.state.KeyValueStore;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SourceClocksTest {
  private static final long START = 1_767_225_600_000L;
  private static final long HOUR = Duration.ofHours(1).toMillis();
  private static final long YEAR = Duration.ofDays(365).toMillis();
  private static final long PATIENCE = 1000;
  private static final long STEP = PATIENCE / 10;

  private KeyValueStore<String, byte[]> store;
  private SourceClocks clocks;
  private long sent = START;

  @BeforeEach
  void open() {
    store = MemoryStores.open(Serdes.String());
    reopen();
  }

  private void reopen() {
    if (clocks != null) {
      clocks.save();
    }
    clocks = new SourceClocks(store, PATIENCE);
  }

  @Test
  void shouldTellNoTimeUntilPartitionsHaveHadTimeToBeHeard() {
    for (int i = 0; i < PATIENCE / STEP; i++) {
      come(0, START + i);
      come(0, START + i);
      assertThat(clocks.own()).isEqualTo(EventClock.UNKNOWN);
      sent += STEP;
    }
    come(0, START + 100);
    assertThat(clocks.own()).isBetween(START, START + 100);
  }

  @Test
  void shouldFollowTheSlowestPartition() {
    for (int i = 0; i < 100; i++) {
      come(0, START + i * HOUR);
      come(1, START + i);
      sent += STEP;
    }
    assertThat(clocks.own()).isBetween(START + 50, START + 100);
    assertThat(clocks.now()).isEqualTo(clocks.own());
  }

  @Test
  void shouldNotWaitForAPartitionThatHasFallenSilent() {
    shouldFollowTheSlowestPartition();
    for (int i = 100; i < 100 + 2 * PATIENCE / STEP; i++) {
      come(0, START + i * HOUR);
      sent += STEP;
    }
    assertThat(clocks.own()).isGreaterThan(START + 80 * HOUR);
  }

  @Test
  void shouldNotWaitForAPartitionWhoseTimeStandsStill() {
    for (int i = 0; i < 100; i++) {
      come(0, START + i * HOUR);
      come(1, START - YEAR);
      sent += STEP;
    }
    assertThat(clocks.own()).isGreaterThan(START + 50 * HOUR);
  }

  @Test
  void shouldNotTakeAStopOfTheStreamForSilence() {
    shouldFollowTheSlowestPartition();
    sent += YEAR;
    reopen();
    come(0, START + 1000 * HOUR);
    assertThat(clocks.own()).isLessThan(START + 101);
  }

  @Test
  void shouldGoOnWhenAMachinesClockThatWasAheadIsSet() {
    shouldFollowTheSlowestPartition();
    sent += YEAR;
    come(0, START + 100 * HOUR);
    sent -= YEAR;
    for (int i = 100; i < 100 + 2 * PATIENCE / STEP; i++) {
      come(0, START + i * HOUR);
      sent += STEP;
    }
    assertThat(clocks.own()).isGreaterThan(START + 80 * HOUR);
  }

  @Test
  void shouldNotBeMovedByARecordAYearAheadNorHeldByOneAYearBehind() {
    for (int i = 0; i < 100; i++) {
      come(0, i % 7 == 3 ? START + YEAR : i % 7 == 5 ? START - YEAR : START + i);
      sent += STEP;
    }
    assertThat(clocks.own()).isBetween(START + 60, START + 100);
  }

  @Test
  void shouldWaitForOtherPartitionsOfTheWindowToLetGoAndNotToTellWhatIsLate() {
    for (int i = 0; i < 100; i++) {
      come(0, START + i * HOUR);
      clocks.observe(1, START + i, sent);
      sent += STEP;
    }
    assertThat(clocks.own()).isGreaterThan(START + 50 * HOUR);
    assertThat(clocks.now()).isBetween(START, START + 99);
    for (int i = 100; i < 100 + 2 * PATIENCE / STEP; i++) { // and no probe comes any more
      come(0, START + i * HOUR);
      sent += STEP;
    }
    assertThat(clocks.now()).isEqualTo(clocks.own());
  }

  @Test
  void shouldComeToTheSameTimeWhereverItIsOpenedAgain() {
    KeyValueStore<String, byte[]> undisturbedStore = MemoryStores.open(Serdes.String());
    SourceClocks undisturbed = new SourceClocks(undisturbedStore, PATIENCE);
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < 2000; i++) {
      sent += random.nextLong(STEP);
      WindowItem item = item(random.nextInt(5), START + i * 1000L + random.nextLong(100_000));
      undisturbed.observe(item, sent);
      clocks.observe(item, sent);
      if (random.nextInt(3) == 0) {
        int peer = random.nextInt(1, 4);
        long time = START + i * 900L;
        undisturbed.observe(peer, time, sent);
        clocks.observe(peer, time, sent);
      }
      if (random.nextInt(10) == 0) {
        reopen();
      }
      assertThat(clocks.own()).isEqualTo(undisturbed.own());
      assertThat(clocks.now()).isEqualTo(undisturbed.now());
    }
    assertThat(clocks.now()).isGreaterThan(START);
  }

  private void come(int partition, long time) {
    clocks.observe(item(partition, time), sent);
  }

  private static WindowItem item(int partition, long time) {
    return new WindowItem("id", "texts", partition, 0, time, "v1", new short[0]);
  }
}
