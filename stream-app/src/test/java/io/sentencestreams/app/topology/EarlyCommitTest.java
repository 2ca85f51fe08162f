package io.sentencestreams.app.topology;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class EarlyCommitTest {
  private final AtomicLong clock = new AtomicLong(Long.MAX_VALUE - 10); // it may wrap around
  private final EarlyCommit early = new EarlyCommit(Duration.ofMillis(100), clock::get);

  @Test
  void shouldAllowTheFirstAtOnceAndTheNextAfterAQuarterOfTheInterval() {
    assertThat(early.take()).isTrue();
    assertThat(early.take()).isFalse();
    clock.addAndGet(Duration.ofMillis(25).toNanos() - 1);
    assertThat(early.take()).isFalse();
    clock.addAndGet(1);
    assertThat(early.take()).isTrue();
    assertThat(early.take()).isFalse();
  }

  @Test
  void shouldWaitUntilNothingOfTheThreadIsInFlight() {
    early.arrived();
    early.arrived();
    early.left(1);
    assertThat(early.take()).isFalse();
    early.left(1);
    assertThat(early.take()).isTrue();
  }

  @Test
  void shouldCountForEachThreadByItself() throws InterruptedException {
    early.arrived();
    assertThat(early.take()).isFalse();
    boolean[] other = new boolean[1];
    Thread thread = new Thread(() -> other[0] = early.take());
    thread.start();
    thread.join();
    assertThat(other[0]).isTrue();
  }
}
