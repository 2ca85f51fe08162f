package io.sentencestreams.app;

import static org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse.REPLACE_THREAD;
import static org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class ThreadFailuresTest {
  private final AtomicReference<Instant> now = new AtomicReference<>(Instant.EPOCH);
  private final ThreadFailures failures = new ThreadFailures(now::get);
  private final Throwable cause = new IllegalStateException("test");

  @Test
  void shouldEndTheStreamWhenThreadsKeepDying() {
    for (int i = 0; i < 5; i++) {
      assertThat(failures.respond(cause)).isEqualTo(REPLACE_THREAD);
    }
    assertThat(failures.respond(cause)).isEqualTo(SHUTDOWN_CLIENT);
  }

  @Test
  void shouldForgetFailuresOfLongAgo() {
    for (int i = 0; i < 50; i++) {
      assertThat(failures.respond(cause)).isEqualTo(REPLACE_THREAD);
      now.updateAndGet(instant -> instant.plus(Duration.ofMinutes(3)));
    }
  }
}
