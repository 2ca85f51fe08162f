package io.sentencestreams.app.benchmark;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Who used the processor between two moments: the threads of this JVM by what they are for, the JVM
 * itself with native threads and those that have ended (the rest of the process), and the broker's
 * process.
 */
final class CpuAccount {
  static final String STREAM = "stream threads";
  static final String SENDER = "producer's network threads";
  static final String TOKENIZER = "tokenizer thread";
  static final String ENCODER = "encoder threads";
  static final String KAFKA = "Kafka's other threads";
  static final String BENCHMARK = "the benchmark itself";
  static final String NATIVE = "compiler, garbage collection, ended threads";
  static final String BROKER = "broker, a process of its own";

  private final Supplier<Duration> broker;
  private final Map<String, Long> start;

  private CpuAccount(Supplier<Duration> broker) {
    this.broker = broker;
    this.start = now();
  }

  /** Begins to count. */
  static CpuAccount begin(Supplier<Duration> broker) {
    return new CpuAccount(broker);
  }

  /** Seconds of processor time since the beginning, by part; parts that took none are zero. */
  Map<String, Double> seconds() {
    Map<String, Long> end = now();
    Map<String, Double> seconds = new LinkedHashMap<>();
    end.forEach(
        (part, nanos) ->
            seconds.put(part, Math.max(0, nanos - start.getOrDefault(part, 0L)) / 1e9));
    return seconds;
  }

  private Map<String, Long> now() {
    Map<String, Long> nanos = new LinkedHashMap<>();
    for (String part : new String[] {STREAM, SENDER, TOKENIZER, ENCODER, KAFKA, BENCHMARK}) {
      nanos.put(part, 0L);
    }
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    long known = 0;
    for (ThreadInfo thread : threads.getThreadInfo(threads.getAllThreadIds())) {
      long used = thread == null ? -1 : threads.getThreadCpuTime(thread.getThreadId());
      if (used > 0) { // -1: it has ended
        nanos.merge(part(thread.getThreadName()), used, Long::sum);
        known += used;
      }
    }
    OperatingSystemMXBean process =
        (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    nanos.put(NATIVE, Math.max(0, process.getProcessCpuTime() - known));
    nanos.put(BROKER, broker.get().toNanos());
    return nanos;
  }

  private static String part(String thread) {
    if (thread.startsWith("kafka-producer-network-thread") && thread.contains("StreamThread")) {
      return SENDER;
    }
    if (thread.startsWith("kafka-") || thread.contains("StateUpdater")) {
      return KAFKA;
    }
    if (thread.contains("-StreamThread-")) {
      return STREAM;
    }
    if (thread.equals("sentence-streams-tokenizer")) {
      return TOKENIZER;
    }
    boolean encodes =
        thread.startsWith("sentence-streams-encoder") || thread.equals("sentence-encoder");
    return encodes ? ENCODER : BENCHMARK;
  }
}
