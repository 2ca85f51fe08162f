package io.sentencestreams.app;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Consumer;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides what follows the death of a stream thread: a new thread, since most causes pass (a broker
 * that restarts, a registry that is away), but an end when they keep coming, so that a supervisor
 * sees it. Nothing is lost either way.
 */
final class ThreadFailures {
  private static final Logger LOG = LoggerFactory.getLogger(ThreadFailures.class);
  private static final int MOST = 5;
  private static final Duration WITHIN = Duration.ofMinutes(10);

  /** One cause can take all threads down at once, and their successors a moment later. */
  private static final Duration BURST = Duration.ofSeconds(10);

  private static final Duration BACKOFF = Duration.ofSeconds(2);

  private final InstantSource clock;
  private final Deque<Instant> failures = new ArrayDeque<>();

  private final Consumer<Duration> pause;

  /**
   * A judge of failures.
   *
   * @param pause lets time pass before a new thread is started
   */
  ThreadFailures(InstantSource clock, Consumer<Duration> pause) {
    this.clock = clock;
    this.pause = pause;
  }

  StreamThreadExceptionResponse respond(Throwable failure) {
    StreamThreadExceptionResponse response = decide(failure);
    if (response == StreamThreadExceptionResponse.REPLACE_THREAD) {
      pause.accept(BACKOFF);
    }
    return response;
  }

  private synchronized StreamThreadExceptionResponse decide(Throwable failure) {
    Instant now = clock.instant();
    if (failures.isEmpty() || failures.peekLast().plus(BURST).isBefore(now)) {
      failures.addLast(now);
    }
    while (failures.peekFirst().isBefore(now.minus(WITHIN))) {
      failures.removeFirst();
    }
    if (failures.size() > MOST) {
      LOG.error(
          "Stream threads died, for the {}th time within {} minutes: the stream ends",
          failures.size(),
          WITHIN.toMinutes(),
          failure);
      return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
    }
    LOG.error("A stream thread died and is replaced; nothing is lost", failure);
    return StreamThreadExceptionResponse.REPLACE_THREAD;
  }
}
