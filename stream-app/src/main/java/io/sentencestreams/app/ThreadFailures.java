package io.sentencestreams.app;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
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

  private final InstantSource clock;
  private final Deque<Instant> failures = new ArrayDeque<>();

  ThreadFailures(InstantSource clock) {
    this.clock = clock;
  }

  synchronized StreamThreadExceptionResponse respond(Throwable failure) {
    Instant now = clock.instant();
    failures.addLast(now);
    while (failures.peekFirst().isBefore(now.minus(WITHIN))) {
      failures.removeFirst();
    }
    if (failures.size() > MOST) {
      LOG.error(
          "A stream thread died, the {}th within {} minutes: the stream ends",
          failures.size(),
          WITHIN.toMinutes(),
          failure);
      return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
    }
    LOG.error("A stream thread died and is replaced; nothing is lost", failure);
    return StreamThreadExceptionResponse.REPLACE_THREAD;
  }
}
