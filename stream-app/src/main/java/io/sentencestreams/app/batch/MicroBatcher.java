package io.sentencestreams.app.batch;

import io.sentencestreams.model.BatchEncoder;
import io.sentencestreams.model.EncoderException;
import io.sentencestreams.model.TokenizedText;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.apache.kafka.common.metrics.Metrics;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One per process: forms batches of texts across all tasks and stream threads and runs them on the
 * encoder.
 *
 * <p>A thread tokenizes, and one thread per replica encodes, so the tokens of the next batches are
 * ready when a device becomes idle. A batch that fails is bisected until the text that breaks it
 * stands alone, and that text is rejected only if a known-good text encodes. If that fails too the
 * encoder is at fault: nothing is rejected, {@link #fault} says why, and the encoder is loaded
 * again until it works, whereupon the same texts go on.
 *
 * <p>Owns the encoder. Thread-safe.
 */
public final class MicroBatcher implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(MicroBatcher.class);

  private static final int CHARS_PER_TOKEN = 4;
  private static final int SPECIAL_TOKENS = 2;
  private static final int RATE_UNKNOWN_BATCHES = 2;
  private static final long CLOSE_SECONDS = 30;

  private final EncoderHost host;
  private final MicroBatcherOptions options;
  private final LongSupplier nanoClock;
  private final BatchQueue queue;
  private final Admission admission;
  private final BatcherMetrics metrics;
  private final List<Thread> threads = new ArrayList<>();
  private final CountDownLatch closing = new CountDownLatch(1);
  private final CallTimes callTimes;
  private final Recovery recovery;
  private final BatchRunner runner;

  /**
   * The encoder's own failure, as opposed to a text's.
   *
   * @param message what failed, for a person
   * @param sinceNanos when it was found, on the batcher's clock
   */
  public record Fault(String message, long sinceNanos) {}

  /**
   * Loads the encoder and starts the threads.
   *
   * @param loader loads the encoder, at the start and after a fault
   * @param metrics where the sensors go; not closed here
   * @throws EncoderException if the encoder does not encode a plain sentence
   */
  public MicroBatcher(
      Supplier<? extends BatchEncoder> loader, MicroBatcherOptions options, Metrics metrics) {
    this(loader, options, metrics, System::nanoTime);
  }

  MicroBatcher(
      Supplier<? extends BatchEncoder> loader,
      MicroBatcherOptions options,
      Metrics kafkaMetrics,
      LongSupplier nanoClock) {
    this.options = Objects.requireNonNull(options);
    this.nanoClock = Objects.requireNonNull(nanoClock);
    this.host = new EncoderHost(loader);
    this.queue =
        new BatchQueue(
            options.batchTokens(), options.linger().toNanos(), host::wantsLikeLengths, nanoClock);
    long maxTokens =
        options.maxInFlightTokens() > 0
            ? options.maxInFlightTokens()
            : (long) RATE_UNKNOWN_BATCHES * options.batchTokens() * host.replicas();
    this.admission = new Admission(maxTokens, options.maxInFlightBytes());
    this.metrics = new BatcherMetrics(kafkaMetrics);
    RepeatCache cache = new RepeatCache(options.cacheBytes());
    this.callTimes = new CallTimes(host.replicas() + 1); // the last is the tokenizer's
    this.recovery =
        new Recovery(host, this.metrics, callTimes, closing, options.reloadBackoff(), nanoClock);
    this.runner =
        new BatchRunner(
            host,
            options,
            admission,
            this.metrics,
            cache,
            callTimes,
            recovery,
            this::isClosing,
            nanoClock);
    metrics.gauge(kafkaMetrics, "in-flight-tokens", "tokens in flight", admission::tokens);
    metrics.gauge(kafkaMetrics, "in-flight-bytes", "bytes in flight", admission::bytes);
    metrics.gauge(
        kafkaMetrics, "in-flight-tokens-bound", "most tokens in flight", admission::maxTokens);
    metrics.gauge(kafkaMetrics, "queued-texts", "texts that wait for a batch", queue::waiting);
    metrics.gauge(kafkaMetrics, "cached-texts", "texts whose embeddings are kept", cache::size);
    start("tokenizer", this::tokenizeLoop);
    for (int replica = 0; replica < host.replicas(); replica++) {
      int device = replica;
      start("encoder-" + replica, () -> encodeLoop(device));
    }
  }

  /**
   * Submits a text, after waiting for a place under the in-flight bound. If there is none within
   * the wait the text is let in all the same: a stream thread must not be held up longer.
   *
   * @param text any text
   * @param bytes what the record occupies in memory
   * @param maxWait how long to wait for a place; zero: not at all
   */
  public Ticket submit(String text, int bytes, Duration maxWait) {
    Outcome known = runner.known(text, true);
    if (known != null) {
      return Ticket.known(text, known, nanoClock.getAsLong());
    }
    int estimate = estimate(text);
    if (!admission.acquire(estimate, bytes, maxWait.toNanos())) {
      admission.take(estimate, bytes);
      metrics.overAdmitted();
    }
    return enqueue(text, bytes, estimate, Ticket.Kind.STREAM);
  }

  /** Submits a text that was in flight before, without asking for a place. */
  public Ticket resubmit(String text, int bytes) {
    int estimate = estimate(text);
    admission.take(estimate, bytes);
    return enqueue(text, bytes, estimate, Ticket.Kind.STREAM);
  }

  /**
   * Submits a text that nobody waits for, without asking for a place. The running model alone
   * encodes it, whatever goes on beside that. There must be few at a time.
   */
  Ticket submitInBackground(String text) {
    int estimate = estimate(text);
    int bytes = Character.BYTES * text.length();
    admission.take(estimate, bytes);
    return enqueue(text, bytes, estimate, Ticket.Kind.BACKGROUND);
  }

  /**
   * Encodes a text ahead of all that wait, and waits for it: for a query that somebody waits for.
   * There must be few at a time, since they take no place under the bound.
   *
   * @return empty if it was not encoded in time
   */
  public Optional<Outcome> encodeSoon(String text, Duration maxWait) {
    Outcome known = runner.known(text, true);
    if (known != null) {
      return Optional.of(known);
    }
    int estimate = estimate(text);
    int bytes = Character.BYTES * text.length();
    admission.take(estimate, bytes);
    Ticket ticket = enqueue(text, bytes, estimate, Ticket.Kind.QUERY);
    Outcome outcome = ticket.await(maxWait.toNanos());
    if (outcome == null) {
      ticket.cancel();
      if (queue.remove(ticket)) { // or it would wait there while the encoder does not work
        runner.release(ticket);
      }
    }
    return Optional.ofNullable(outcome);
  }

  /**
   * Encodes texts at once, past the queue. For the time before the stream starts: no batch may run
   * meanwhile.
   */
  public float[][] encodeNow(List<String> texts) {
    List<TokenizedText> tokenized = host.tokenize(texts);
    float[][] vectors = new float[texts.size()][];
    for (int from = 0; from < texts.size(); ) {
      int to = from;
      int tokens = 0;
      do {
        tokens += tokenized.get(to++).length();
      } while (to < texts.size() && tokens + tokenized.get(to).length() <= options.batchTokens());
      float[][] encoded = host.encode(tokenized.subList(from, to), row -> false, 0).vectors();
      System.arraycopy(encoded, 0, vectors, from, encoded.length);
      from = to;
    }
    return vectors;
  }

  /**
   * Lets another encoder take over, between two batches: each text is encoded by the one or the
   * other, and its outcome says by which. The other one is warmed up first, while the running one
   * goes on, which is freed at the end.
   *
   * @param fresh owned from now on, also if it is refused; it must tokenize as the running one
   * @param loader loads it again after a fault
   * @param keepOld whether the running one goes on to encode each text too, until {@link
   *     #dropOlder}: {@link Outcome.Encoded#older}
   * @throws IllegalArgumentException if it cannot take the place; the message says why
   * @throws EncoderException if it cannot encode a plain sentence to finite numbers
   */
  public void swap(BatchEncoder fresh, Supplier<? extends BatchEncoder> loader, boolean keepOld) {
    host.replace(fresh, loader, keepOld);
  }

  /**
   * Lets the model before encode each text too, as if the running one had just taken over from it.
   *
   * @param before owned from now on, also if it is refused
   * @throws IllegalArgumentException if it is not of the running one's dimensions
   * @throws EncoderException if it cannot encode a plain sentence to finite numbers
   */
  public void keepOlder(BatchEncoder before) {
    host.keepOlder(before);
  }

  /** Frees the model before. */
  public void dropOlder() {
    host.dropOlder();
  }

  /** Version of the model before, while it encodes each text too. */
  public Optional<String> olderVersion() {
    return Optional.ofNullable(host.olderVersion());
  }

  /** Version of the model that encodes at present. */
  public String modelVersion() {
    return host.modelVersion();
  }

  /** Length of an embedding. */
  public int dimension() {
    return host.dimension();
  }

  private int estimate(String text) {
    return Math.min(host.maxSequenceLength(), text.length() / CHARS_PER_TOKEN + SPECIAL_TOKENS);
  }

  private Ticket enqueue(String text, int bytes, int estimate, Ticket.Kind kind) {
    Ticket ticket = new Ticket(text, bytes, estimate, nanoClock.getAsLong(), kind);
    queue.submit(ticket);
    return ticket;
  }

  /**
   * How much is in flight, as a multiple of the bound. Stream threads may not wait for ever, so it
   * can exceed 1; intake is to be stopped then, before the memory is full.
   */
  public double load() {
    return Math.max(
        admission.tokens() / (double) admission.maxTokens(),
        admission.bytes() / (double) options.maxInFlightBytes());
  }

  /** Why the encoder does not work at present; empty while it does. */
  public Optional<Fault> fault() {
    return recovery.fault();
  }

  /** How long the longest of the running calls of the encoder has been running. */
  public Duration longestRunningCall() {
    return callTimes.longest(nanoClock.getAsLong());
  }

  /** Tokens in flight in this process. */
  public long inFlightTokens() {
    return admission.tokens();
  }

  /** Bytes of the records in flight in this process. */
  public long inFlightBytes() {
    return admission.bytes();
  }

  /** Ends the threads after the batches that they are at, then frees the encoder. */
  @Override
  public void close() {
    closing.countDown();
    queue.close();
    admission.close();
    boolean ended = true;
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(CLOSE_SECONDS);
    for (Thread thread : threads) {
      try {
        TimeUnit.NANOSECONDS.timedJoin(thread, deadline - System.nanoTime());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      ended &= !thread.isAlive();
    }
    if (ended) {
      host.close();
    } else {
      LOG.warn("A call of the encoder did not end; its memory is left to the end of the process");
    }
  }

  private void start(String name, Runnable loop) {
    Thread thread = new Thread(loop, "sentence-streams-" + name);
    thread.setDaemon(true);
    threads.add(thread);
    thread.start();
  }

  private boolean isClosing() {
    return closing.getCount() == 0;
  }

  private void tokenizeLoop() {
    untilClosed(
        () -> {
          List<Ticket> tickets = queue.takeForTokenizing();
          if (tickets.isEmpty()) {
            return false;
          }
          tickets.removeIf(runner::dropIfCancelled);
          List<Ticket> done = new ArrayList<>(tickets.size());
          long start = nanoClock.getAsLong();
          recovery.insist(
              () -> {
                List<Ticket> left = new ArrayList<>(tickets);
                left.removeIf(ticket -> ticket.tokenized() != null || ticket.outcome() != null);
                runner.tokenize(left, done);
              });
          metrics.tokenized(nanoClock.getAsLong() - start);
          queue.putTokenized(done);
          return true;
        });
  }

  private interface Turn {
    boolean run() throws InterruptedException;
  }

  /** Takes turns until one says that the queue was closed. */
  private void untilClosed(Turn turn) {
    try {
      boolean more = true;
      while (more) {
        more = turn.run();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (Throwable e) { // a thread that ends in silence would leave the stream waiting for ever
      recovery.giveUp(e);
    }
  }

  private void encodeLoop(int replica) {
    untilClosed(
        () -> {
          List<Ticket> batch = queue.takeBatch();
          if (batch.isEmpty()) {
            return false;
          }
          batch.removeIf(runner::dropIfCancelled);
          long now = nanoClock.getAsLong();
          batch.forEach(ticket -> metrics.queued(now - ticket.submittedNanos()));
          recovery.insist(() -> runner.encode(batch, replica));
          return true;
        });
  }
}
