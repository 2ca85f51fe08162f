package io.sentencestreams.app.benchmark;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;

/**
 * Times from the sending of a text to the moment that a read-committed consumer has its embedding,
 * both on the clock of this process. Record keys are the texts' indices.
 */
public final class LatencyProbe {
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final Duration POLL = Duration.ofMillis(50);
  private static final int IDLE_LEAST_MILLIS = 200;
  private static final int IDLE_MORE_MILLIS = 200;
  private static final double MILLI = 1e6;

  private final BenchmarkCluster cluster;
  private final PipelineTurn turn;
  private final BenchmarkTexts texts;
  private final AtomicReference<Exception> failure = new AtomicReference<>();

  LatencyProbe(BenchmarkCluster cluster, PipelineTurn turn, BenchmarkTexts texts) {
    this.cluster = cluster;
    this.turn = turn;
    this.texts = texts;
  }

  /**
   * Latencies in milliseconds.
   *
   * @param texts how many texts were timed
   */
  public record Latency(int texts, double p50, double p99, double max) {}

  /**
   * Sends texts at a rate. The compiler works for a minute or more on code that this load is the
   * first to run, takes cores from the encoder meanwhile, and what queues up hides the latency that
   * stays: so texts are sent at that rate before, not counted, and all of them are waited for.
   */
  Latency atRate(double perSecond, int warmUp, int count) throws InterruptedException {
    if (warmUp > 0) {
      timed(perSecond, warmUp);
    }
    return latency(timed(perSecond, count));
  }

  private double[] timed(double perSecond, int count) throws InterruptedException {
    AtomicLongArray sent = new AtomicLongArray(count);
    double[] millis = new double[count];
    try (KafkaConsumer<byte[], byte[]> consumer = cluster.consumer(turn.output(), false)) {
      Thread feeder = new Thread(() -> feed(sent, perSecond), "benchmark-feeder");
      feeder.setDaemon(true);
      feeder.start();
      receive(consumer, sent, millis, 0, count);
      feeder.join();
    }
    return millis;
  }

  /** Sends one text after the other, each after a pause in which nothing is in flight. */
  Latency idle(int count) {
    AtomicLongArray sent = new AtomicLongArray(count + 1);
    double[] millis = new double[count + 1];
    SplittableRandom random = new SplittableRandom(1);
    try (KafkaConsumer<byte[], byte[]> consumer = cluster.consumer(turn.output(), false);
        KafkaProducer<String, String> producer = cluster.producer(0)) {
      for (int i = 0; i <= count; i++) { // the first sets up the connections
        int pause = IDLE_LEAST_MILLIS + random.nextInt(IDLE_MORE_MILLIS);
        parkUntil(System.nanoTime() + Duration.ofMillis(pause).toNanos());
        sent.set(i, System.nanoTime());
        var unused = producer.send(record(i), this::note);
        receive(consumer, sent, millis, i, 1);
      }
    }
    return latency(Arrays.copyOfRange(millis, 1, count + 1));
  }

  private void feed(AtomicLongArray sent, double perSecond) {
    try (KafkaProducer<String, String> producer = cluster.producer(0)) {
      long start = System.nanoTime();
      for (int i = 0; i < sent.length(); i++) {
        parkUntil(start + (long) (i * 1e9 / perSecond));
        sent.set(i, System.nanoTime());
        var unused = producer.send(record(i), this::note);
      }
    }
  }

  private ProducerRecord<String, String> record(int index) {
    return new ProducerRecord<>(turn.input(), Integer.toString(index), texts.get(index));
  }

  private void note(RecordMetadata metadata, Exception e) {
    failure.compareAndSet(null, e);
  }

  private static void parkUntil(long nanoTime) {
    for (long left = nanoTime - System.nanoTime(); left > 0; left = nanoTime - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
  }

  private void receive(
      KafkaConsumer<byte[], byte[]> consumer,
      AtomicLongArray sent,
      double[] millis,
      int first,
      int count) {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    for (int received = 0; received < count; ) {
      for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
        int index = Integer.parseInt(new String(record.key(), StandardCharsets.UTF_8));
        if (index < first || index >= first + count || millis[index] != 0) {
          throw new IllegalStateException("an embedding came twice: of text " + index);
        }
        millis[index] = (System.nanoTime() - sent.get(index)) / MILLI;
        received++;
      }
      if (failure.get() != null) {
        throw new KafkaException("a text could not be written", failure.get());
      }
      if (System.nanoTime() > deadline) {
        throw new KafkaException(
            "%d of %d embeddings came within %s".formatted(received, count, PATIENCE));
      }
    }
  }

  private static Latency latency(double[] millis) {
    Arrays.sort(millis);
    return new Latency(
        millis.length,
        Medians.percentile(millis, 50),
        Medians.percentile(millis, 99),
        millis[millis.length - 1]);
  }
}
