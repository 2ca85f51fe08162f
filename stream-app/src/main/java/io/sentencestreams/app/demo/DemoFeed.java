package io.sentencestreams.app.demo;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;

/** Puts lines on the topic of texts, one record each, at a rate or as fast as they are taken. */
final class DemoFeed implements Runnable {
  private static final String BUILT_IN = "/demo/texts.txt";

  private final Path input;
  private final double perSecond;
  private final String topic;
  private final Map<String, Object> producerConfig;
  private final AtomicLong sent = new AtomicLong();
  private final AtomicLong blank = new AtomicLong();
  private volatile Throwable failure;
  private volatile boolean done;

  /**
   * A feed.
   *
   * @param input file of lines; null for the texts that come with the program
   * @param perSecond texts per second; 0: no bound
   */
  DemoFeed(Path input, double perSecond, String topic, Map<String, Object> producerConfig) {
    this.input = input;
    this.perSecond = perSecond;
    this.topic = topic;
    this.producerConfig = producerConfig;
  }

  long sent() {
    return sent.get();
  }

  long blankLines() {
    return blank.get();
  }

  /** Whether the feed keeps to a rate, or goes as fast as its records are taken. */
  boolean isPaced() {
    return perSecond > 0;
  }

  boolean isDone() {
    return done;
  }

  /** What ended the feed before its end, or null. */
  Throwable failure() {
    return failure;
  }

  @Override
  public void run() {
    try (Producer<String, String> producer =
            new KafkaProducer<>(producerConfig, new StringSerializer(), new StringSerializer());
        BufferedReader lines = open()) {
      long start = System.nanoTime();
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (Thread.currentThread().isInterrupted()) {
          return;
        }
        if (line.isBlank()) {
          blank.incrementAndGet();
          continue;
        }
        pace(start);
        String key = Long.toString(sent.incrementAndGet());
        // The callback sees what the future would.
        var unused =
            producer.send(
                new ProducerRecord<>(topic, key, line),
                (metadata, error) -> {
                  if (error != null) {
                    failure = error;
                  }
                });
      }
      producer.flush();
    } catch (IOException | UncheckedIOException | org.apache.kafka.common.KafkaException e) {
      failure = e;
    } finally {
      done = true;
    }
  }

  private void pace(long start) {
    if (perSecond <= 0) {
      return;
    }
    long due = start + (long) (sent.get() * 1e9 / perSecond);
    for (long left = due - System.nanoTime();
        left > 0 && !Thread.currentThread().isInterrupted();
        left = due - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
  }

  private BufferedReader open() throws IOException {
    if (input != null) {
      return Files.newBufferedReader(input, StandardCharsets.UTF_8);
    }
    InputStream texts = DemoFeed.class.getResourceAsStream(BUILT_IN);
    if (texts == null) {
      throw new IOException("the program lacks its own resource " + BUILT_IN);
    }
    return new BufferedReader(new InputStreamReader(texts, StandardCharsets.UTF_8));
  }
}
