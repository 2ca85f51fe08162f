package io.sentencestreams.model.window;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class EventClockTest {
  private static final long YEAR = 365L * 24 * 3600 * 1000;

  @Test
  void shouldFollowTheStreamAndNeverGoBack() {
    EventClock clock = new EventClock(1);
    long before = EventClock.UNKNOWN;
    for (int i = 0; i < 200; i++) {
      clock.observe(1000L * i - (i % 3 == 0 ? 5000 : 0));
      assertThat(clock.now()).isGreaterThanOrEqualTo(before);
      before = i < EventClock.MAJORITY ? before : clock.now();
    }
    assertThat(clock.now()).isBetween(1000L * (199 - EventClock.SIZE), 199_000L);
  }

  @Test
  void shouldNotBeMovedByBadClocksHoweverManyComeInTheCourseOfTime() {
    EventClock clock = new EventClock(EventClock.MAJORITY);
    for (int i = 0; i < 10_000; i++) {
      clock.observe(i % 4 == 0 ? YEAR + i : i);
    }
    assertThat(clock.now()).isLessThan(10_000);
  }

  @Test
  void shouldRecoverFromAVeryFirstRecordWhoseClockIsBad() {
    EventClock clock = new EventClock(1);
    clock.observe(YEAR);
    assertThat(clock.now()).isEqualTo(YEAR);
    for (int i = 1; i < EventClock.SIZE; i++) {
      clock.observe(i);
      assertThat(clock.now()).isLessThanOrEqualTo(i);
    }
  }

  @Test
  void shouldTellNoTimeBeforeEnoughRecordsHaveCome() {
    EventClock clock = new EventClock(3);
    clock.observe(YEAR);
    clock.observe(1);
    assertThat(clock.now()).isEqualTo(EventClock.UNKNOWN);
    clock.observe(2);
    assertThat(clock.now()).isEqualTo(2);
  }

  @Test
  void shouldGoOnFromItsState() {
    EventClock clock = new EventClock(2);
    for (int i = 0; i < 40; i++) {
      clock.observe(i * 7L % 50);
    }
    EventClock restored = new EventClock(2);
    restored.restore(clock.state());
    for (int i = 0; i < 40; i++) {
      clock.observe(i * 11L);
      restored.observe(i * 11L);
      assertThat(restored.now()).isEqualTo(clock.now());
    }
    assertThatThrownBy(() -> restored.restore(new long[3]))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
