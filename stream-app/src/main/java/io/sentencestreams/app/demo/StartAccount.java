package io.sentencestreams.app.demo;

import io.sentencestreams.app.StreamsApp;
import java.lang.management.ManagementFactory;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.streams.KafkaStreams;

/** The moments of a start, in milliseconds since the epoch, in their order. Thread-safe. */
public final class StartAccount {
  /** The moments. */
  public enum Moment {
    JVM,
    COMMAND,
    BROKER,
    TOPICS,
    MODEL_LOADED,
    MODEL,
    CHECKED,
    BUILT,
    RUNNING,
    FORWARDED,
    READ
  }

  private static final long LOOK_NANOS = 1_000_000;

  private final Map<Moment, Long> moments = new LinkedHashMap<>();

  StartAccount() {
    moments.put(Moment.JVM, ManagementFactory.getRuntimeMXBean().getStartTime());
  }

  /** Notes a moment when it is reached first. */
  synchronized void reached(Moment moment) {
    moments.putIfAbsent(moment, System.currentTimeMillis());
  }

  /** What was reached so far. */
  public synchronized Map<Moment, Long> moments() {
    return new LinkedHashMap<>(moments);
  }

  /** Watches an application until its first embedding is forwarded, on a thread of its own. */
  void watch(StreamsApp app) {
    Thread watcher =
        new Thread(
            () -> {
              while (app.state() != KafkaStreams.State.RUNNING) {
                LockSupport.parkNanos(LOOK_NANOS);
              }
              reached(Moment.RUNNING);
              while (app.topologyMetrics().embeddings() == 0) {
                LockSupport.parkNanos(LOOK_NANOS);
              }
              reached(Moment.FORWARDED);
            },
            "start-account");
    watcher.setDaemon(true);
    watcher.start();
  }
}
