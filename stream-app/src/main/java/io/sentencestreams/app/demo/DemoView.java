package io.sentencestreams.app.demo;

import io.sentencestreams.app.StreamsApp;
import io.sentencestreams.schemas.EmbeddingRecord;
import io.sentencestreams.schemas.EmbeddingSerdes;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.Deserializer;

/** Reads what the stream writes, as any consumer would, and shows it while it comes. */
final class DemoView implements AutoCloseable {
  private static final Duration POLL = Duration.ofMillis(100);
  private static final long SHOW_NANOS = 1_000_000_000L;

  /** Near-duplicates come a little later than the embeddings. */
  private static final long SETTLED_NANOS = 700_000_000L;

  private static final long CLUSTERS_SETTLED_NANOS = 4 * Demo.CLUSTERS_INTERVAL_MS * 1_000_000L;

  private static final int NEAREST = 3;

  /** How many of the latest texts are candidates for being shown. */
  private static final int CANDIDATES = 25;

  private final DemoScreen screen;
  private final StreamsApp app;
  private final DemoFeed feed;
  private final StartAccount account;
  private final Consumer<byte[], byte[]> consumer;
  private final Deserializer<EmbeddingRecord> embeddings = EmbeddingSerdes.deserializer(Map.of());
  private final Neighbours seen = new Neighbours();
  private final Latencies latencies = new Latencies();
  private final DuplicatesView duplicates;
  private final ClustersView clusters;
  private int shownUpTo;
  private long lastShown = System.nanoTime();
  private long firstNanos;
  private long lastNanos;
  private long deadLetters;

  DemoView(
      DemoScreen screen,
      StreamsApp app,
      DemoFeed feed,
      Map<String, Object> client,
      StartAccount account) {
    this.screen = screen;
    this.app = app;
    this.feed = feed;
    this.account = account;
    this.duplicates = new DuplicatesView(screen);
    this.clusters = new ClustersView(screen);
    Map<String, Object> config = new HashMap<>(client);
    config.put(ConsumerConfig.GROUP_ID_CONFIG, "demo-view");
    config.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
    config.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    consumer =
        new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    consumer.subscribe(Set.of(Demo.EMBEDDINGS, Demo.DEAD_LETTERS, Demo.DUPLICATES, Demo.CLUSTERS));
  }

  /** Shows the stream until all texts are through, and longer if asked to. */
  boolean run(boolean exitWhenDone) throws InterruptedException {
    boolean summed = false;
    while (!Thread.currentThread().isInterrupted()) {
      for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
        take(record);
      }
      if (feed.failure() != null) {
        throw new IllegalStateException("the feed failed: " + feed.failure());
      }
      boolean ended =
          switch (app.state()) {
            case ERROR, NOT_RUNNING, PENDING_ERROR -> true;
            default -> false;
          };
      if (ended) {
        throw new IllegalStateException(
            "the stream failed: " + app.failure().map(StreamsApp::describe).orElse("see the log"));
      }
      boolean done = feed.isDone() && seen.size() + deadLetters >= feed.sent() && isSettled();
      showNeighbours();
      duplicates.show();
      clusters.show();
      if (done && !summed) {
        summed = true;
        sum();
        if (exitWhenDone) {
          return seen.size() + deadLetters == feed.sent();
        }
        screen.line("The stream stays up until you press Ctrl-C.");
      } else if (!done) {
        screen.status(status());
      }
    }
    throw new InterruptedException();
  }

  /** Clusters take two intervals to hear of a text, and may still be at their step. */
  private boolean isSettled() {
    long now = System.nanoTime();
    return now - Math.max(lastNanos, duplicates.lastNanos()) > SETTLED_NANOS
        && now - Math.max(lastNanos, clusters.lastNanos()) > CLUSTERS_SETTLED_NANOS;
  }

  private void take(ConsumerRecord<byte[], byte[]> record) {
    if (record.topic().equals(Demo.DUPLICATES)) {
      duplicates.add(record.value());
      return;
    }
    if (record.topic().equals(Demo.CLUSTERS)) {
      clusters.add(record.value());
      return;
    }
    lastNanos = System.nanoTime();
    latencies.add(System.currentTimeMillis() - record.timestamp());
    if (record.topic().equals(Demo.DEAD_LETTERS)) {
      deadLetters++;
      return;
    }
    EmbeddingRecord embedding = embeddings.deserialize(record.topic(), record.value());
    if (seen.size() == 0) {
      firstNanos = lastNanos;
      account.reached(StartAccount.Moment.READ);
      screen.line("first embedding after %.1f s", Demo.sinceLaunch());
    }
    seen.add(embedding.text(), embedding.vector());
    duplicates.text(embedding.id(), embedding.text());
  }

  /** Of the latest texts, the one with the nearest neighbour is the one worth showing. */
  private void showNeighbours() {
    long now = System.nanoTime();
    if (seen.size() < 2 || seen.size() == shownUpTo || now - lastShown < SHOW_NANOS) {
      return;
    }
    lastShown = now;
    int best = -1;
    List<Neighbours.Neighbour> bestNearest = List.of();
    for (int i = Math.max(shownUpTo, seen.size() - CANDIDATES); i < seen.size(); i++) {
      List<Neighbours.Neighbour> nearest = seen.nearest(i, NEAREST);
      if (best < 0 || nearest.get(0).similarity() > bestNearest.get(0).similarity()) {
        best = i;
        bestNearest = nearest;
      }
    }
    shownUpTo = seen.size();
    screen.neighbours(seen.text(best), bestNearest);
  }

  private String status() {
    return String.format(
        Locale.ROOT,
        "%,d of %,d texts   %,.0f texts/s   in flight %,d%s",
        seen.size() + deadLetters,
        feed.sent(),
        rate(),
        app.topologyMetrics().inFlight(),
        latency());
  }

  private void sum() {
    screen.line("");
    screen.line(
        "%,d texts in, %,d embeddings and %,d dead letters out, in %.1f s: %,.0f texts/s%s%s",
        feed.sent(),
        seen.size(),
        deadLetters,
        (lastNanos - firstNanos) / 1e9,
        rate(),
        latency(),
        feed.blankLines() > 0 ? "; " + feed.blankLines() + " blank lines were left out" : "");
    screen.line(
        "%,d pairs of near-duplicates, in %,d groups", duplicates.pairs(), duplicates.groups());
    clusters.sum();
  }

  /** Of a feed that is faster than the encoder there is no latency to tell, only a backlog. */
  private String latency() {
    return feed.isPaced() && seen.size() > 0
        ? String.format(
            Locale.ROOT,
            "; from topic to topic p50 %,d ms, p99 %,d ms",
            latencies.percentile(50),
            latencies.percentile(99))
        : "";
  }

  private double rate() {
    long nanos = lastNanos - firstNanos;
    return nanos <= 0 ? 0 : (seen.size() - 1) * 1e9 / nanos;
  }

  @Override
  public void close() {
    consumer.close();
    embeddings.close();
    duplicates.close();
    clusters.close();
  }
}
