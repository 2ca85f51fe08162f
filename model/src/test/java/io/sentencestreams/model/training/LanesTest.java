package io.sentencestreams.model.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.AbstractList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LanesTest {
  @ParameterizedTest
  @CsvSource({"1, 1", "2, 2", "3, 3", "4, 4", "5, 4", "6, 4", "7, 4", "11, 4", "64, 4"})
  void shouldHaveAsManyLanesAsThreadsUpToFour(int threads, int count) {
    try (Lanes lanes = Lanes.of(threads)) {
      assertThat(lanes.count()).isEqualTo(count);
    }
  }

  @Test
  void shouldGiveResultsInTheOrderOfTheTasks() {
    try (Lanes lanes = Lanes.of(4)) {
      assertThat(lanes.<Integer>run(List.of(() -> 3, () -> 1, () -> 2))).containsExactly(3, 1, 2);
    }
  }

  @Test
  @Timeout(60)
  void shouldWaitForTheTasksThatRunWhenOneIsRefused() {
    AtomicBoolean done = new AtomicBoolean();
    Thread caller = Thread.currentThread();
    Lanes lanes = Lanes.of(2);
    Callable<Void> untilTheCallerWaits =
        () -> {
          while (caller.getState() != Thread.State.WAITING) {
            Thread.onSpinWait();
          }
          done.set(true);
          return null;
        };
    List<Callable<Void>> tasks =
        new AbstractList<>() {
          @Override
          public Callable<Void> get(int index) {
            if (index == 1) {
              lanes.close(); // refuses what comes now
            }
            return untilTheCallerWaits;
          }

          @Override
          public int size() {
            return 2;
          }
        };
    assertThatThrownBy(() -> lanes.run(tasks)).isInstanceOf(RejectedExecutionException.class);
    assertThat(done).isTrue();
  }
}
