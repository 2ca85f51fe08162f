package io.sentencestreams.app;

import static org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse.REPLACE_THREAD;
import static org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class ThreadFailuresTest {
  private final List<Duration> pauses = new ArrayList<>();
  private final AtomicReference<Instant> now = new AtomicReference<>(Instant.EPOCH);
  private final ThreadFailures failures = new ThreadFailures(now::get, pauses::add);
  private final Throwable cause = new IllegalStateException("test");

  @Test
  void shouldEndTheStreamWhenThreadsKeepDying() {
    for (int i = 0; i < 5; i++) {
      assertThat(failures.respond(cause)).isEqualTo(REPLACE_THREAD);
      now.updateAndGet(instant -> instant.plus(Duration.ofSeconds(30)));
    }
    assertThat(failures.respond(cause)).isEqualTo(SHUTDOWN_CLIENT);
    assertThat(pauses).hasSize(5);
  }

  @Test
  void shouldCountThreadsThatDieOfOneCauseOnce() {
    for (int i = 0; i < 50; i++) {
      assertThat(failures.respond(cause)).isEqualTo(REPLACE_THREAD);
      now.updateAndGet(instant -> instant.plus(Duration.ofMillis(100)));
    }
  }

  @Test
  void shouldForgetFailuresOfLongAgo() {
    for (int i = 0; i < 50; i++) {
      assertThat(failures.respond(cause)).isEqualTo(REPLACE_THREAD);
      now.updateAndGet(instant -> instant.plus(Duration.ofMinutes(3)));
    }
  }
}
