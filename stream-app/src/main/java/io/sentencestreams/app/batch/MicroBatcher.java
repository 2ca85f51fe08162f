package io.sentencestreams.app.batch;

import io.sentencestreams.model.BatchEncoder;
import io.sentencestreams.model.EncoderClosedException;
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

  /** A text that brings the encoder down this often is the fault itself. */
  private static final int FAULTS_OF_ONE_TEXT = 3;

  private static final int CHARS_PER_TOKEN = 4;
  private static final int SPECIAL_TOKENS = 2;
  private static final int RATE_UNKNOWN_BATCHES = 2;
  private static final double RATE_SMOOTHING = 0.2;
  private static final long CLOSE_SECONDS = 30;

  private final EncoderHost host;
  private final MicroBatcherOptions options;
  private final LongSupplier nanoClock;
  private final BatchQueue queue;
  private final Admission admission;
  private final BatcherMetrics metrics;
  private final List<Thread> threads = new ArrayList<>();
  private final CountDownLatch closing = new CountDownLatch(1);
  private final Object recovery = new Object();
  private final long[] encodingSince;
  private volatile Fault fault;
  private double tokensPerSecond;

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
    this.queue = new BatchQueue(options.batchTokens(), options.linger().toNanos(), nanoClock);
    long maxTokens =
        options.maxInFlightTokens() > 0
            ? options.maxInFlightTokens()
            : (long) RATE_UNKNOWN_BATCHES * options.batchTokens() * host.replicas();
    this.admission = new Admission(maxTokens, options.maxInFlightBytes());
    this.metrics = new BatcherMetrics(kafkaMetrics);
    this.encodingSince = new long[host.replicas()];
    metrics.gauge(kafkaMetrics, "in-flight-tokens", "tokens in flight", admission::tokens);
    metrics.gauge(kafkaMetrics, "in-flight-bytes", "bytes in flight", admission::bytes);
    metrics.gauge(
        kafkaMetrics, "in-flight-tokens-bound", "most tokens in flight", admission::maxTokens);
    metrics.gauge(kafkaMetrics, "queued-texts", "texts that wait for a batch", queue::waiting);
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
    int estimate =
        Math.min(host.maxSequenceLength(), text.length() / CHARS_PER_TOKEN + SPECIAL_TOKENS);
    if (!admission.acquire(estimate, bytes, maxWait.toNanos())) {
      admission.take(estimate, bytes);
      if (!maxWait.isZero()) {
        metrics.overAdmitted();
      }
    }
    Ticket ticket = new Ticket(text, bytes, estimate, nanoClock.getAsLong());
    queue.submit(ticket);
    return ticket;
  }

  /** Why the encoder does not work at present; empty while it does. */
  public Optional<Fault> fault() {
    return Optional.ofNullable(fault);
  }

  /** How long the longest of the running calls of the encoder has been running. */
  public Duration longestRunningCall() {
    long now = nanoClock.getAsLong();
    long longest = 0;
    synchronized (encodingSince) {
      for (long since : encodingSince) {
        if (since != 0) {
          longest = Math.max(longest, now - since);
        }
      }
    }
    return Duration.ofNanos(longest);
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
    for (Thread thread : threads) {
      try {
        thread.join(TimeUnit.SECONDS.toMillis(CLOSE_SECONDS));
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
    try {
      while (true) {
        List<Ticket> tickets = queue.takeForTokenizing();
        if (tickets.isEmpty()) {
          return;
        }
        tickets.removeIf(this::dropIfCancelled);
        List<Ticket> done = new ArrayList<>(tickets.size());
        long start = nanoClock.getAsLong();
        tokenizeOrBisect(tickets, done);
        metrics.tokenized(nanoClock.getAsLong() - start);
        queue.putTokenized(done);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void tokenizeOrBisect(List<Ticket> tickets, List<Ticket> done) {
    if (tickets.isEmpty() || isClosing()) {
      return;
    }
    try {
      List<TokenizedText> tokenized = host.tokenize(tickets.stream().map(Ticket::text).toList());
      for (int i = 0; i < tickets.size(); i++) {
        Ticket ticket = tickets.get(i);
        int estimate = ticket.admittedTokens();
        ticket.tokenized(tokenized.get(i));
        admission.correct(estimate, ticket.admittedTokens());
      }
      done.addAll(tickets);
    } catch (EncoderClosedException e) {
      leave(tickets, e);
    } catch (RuntimeException | OutOfMemoryError e) {
      metrics.failedCall();
      if (tickets.size() > 1) {
        int middle = tickets.size() / 2;
        tokenizeOrBisect(tickets.subList(0, middle), done);
        tokenizeOrBisect(tickets.subList(middle, tickets.size()), done);
      } else if (judge(tickets.get(0), e, 0)) {
        tokenizeOrBisect(tickets, done);
      }
    }
  }

  private void encodeLoop(int replica) {
    try {
      while (true) {
        List<Ticket> batch = queue.takeBatch();
        if (batch.isEmpty()) {
          return;
        }
        batch.removeIf(this::dropIfCancelled);
        long now = nanoClock.getAsLong();
        batch.forEach(ticket -> metrics.queued(now - ticket.submittedNanos()));
        encodeOrBisect(batch, replica);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void encodeOrBisect(List<Ticket> batch, int replica) {
    if (batch.isEmpty() || isClosing()) {
      return;
    }
    List<Ticket> suspects = new ArrayList<>();
    Throwable cause;
    try {
      EncoderHost.Encoded encoded = encodeTimed(batch, replica);
      for (int i = 0; i < batch.size(); i++) {
        if (EncoderHost.isFinite(encoded.vectors()[i])) {
          complete(batch.get(i), encoded, i);
        } else {
          suspects.add(batch.get(i));
        }
      }
      cause = new EncoderException("the embedding has values that are not finite", null);
    } catch (EncoderClosedException e) {
      leave(batch, e);
      return;
    } catch (RuntimeException | OutOfMemoryError e) {
      suspects.addAll(batch);
      cause = e;
    }
    if (suspects.isEmpty()) {
      return;
    }
    metrics.failedCall();
    if (batch.size() == 1) {
      if (judge(batch.get(0), cause, replica)) {
        encodeOrBisect(batch, replica);
      }
    } else if (suspects.size() == 1) {
      encodeOrBisect(suspects, replica);
    } else {
      int middle = suspects.size() / 2;
      encodeOrBisect(suspects.subList(0, middle), replica);
      encodeOrBisect(suspects.subList(middle, suspects.size()), replica);
    }
  }

  /** The process is going down: these texts have no outcome here and are done again elsewhere. */
  private static void leave(List<Ticket> tickets, EncoderClosedException reason) {
    LOG.debug("{} texts are left: {}", tickets.size(), reason.getMessage());
  }

  private EncoderHost.Encoded encodeTimed(List<Ticket> batch, int replica) {
    long start = nanoClock.getAsLong();
    markEncoding(replica, start);
    try {
      EncoderHost.Encoded encoded =
          host.encode(batch.stream().map(Ticket::tokenized).toList(), replica);
      long nanos = nanoClock.getAsLong() - start;
      int tokens = batch.stream().mapToInt(ticket -> ticket.tokenized().length()).sum();
      metrics.encoded(batch.size(), tokens, nanos);
      followRate(tokens, nanos);
      return encoded;
    } finally {
      markEncoding(replica, 0);
    }
  }

  private void markEncoding(int replica, long since) {
    synchronized (encodingSince) {
      encodingSince[replica] = since;
    }
  }

  /** Small batches say little of the rate that full ones reach, so only the latter count. */
  private synchronized void followRate(int tokens, long nanos) {
    if (options.maxInFlightTokens() > 0 || nanos <= 0 || tokens < options.batchTokens() / 2) {
      return;
    }
    double rate = tokens * 1e9 / nanos * host.replicas();
    tokensPerSecond =
        tokensPerSecond == 0 ? rate : tokensPerSecond + RATE_SMOOTHING * (rate - tokensPerSecond);
    long target = (long) (tokensPerSecond * options.inFlightTarget().toNanos() / 1e9);
    admission.setMaxTokens(Math.max(target, (long) options.batchTokens() * host.replicas()));
  }

  /**
   * Decides whether a text or the encoder is at fault for a failure on that text alone. A text at
   * fault is rejected here; an encoder at fault works again when this returns.
   *
   * @return whether the text is to be tried again
   */
  private boolean judge(Ticket ticket, Throwable cause, int replica) {
    if (host.works(replica)) {
      reject(ticket, cause);
      return false;
    }
    if (ticket.countFault() >= FAULTS_OF_ONE_TEXT) {
      recover(cause, replica);
      reject(ticket, cause);
      return false;
    }
    recover(cause, replica);
    return !isClosing();
  }

  private void recover(Throwable cause, int replica) {
    synchronized (recovery) {
      if (isClosing() || host.works(replica)) {
        return;
      }
      metrics.fault();
      long since = nanoClock.getAsLong();
      fault = new Fault(String.valueOf(cause.getMessage()), since);
      LOG.error("The encoder does not work; intake stops until it does", cause);
      while (!isClosing()) {
        try {
          host.reload();
          if (host.works(replica)) {
            fault = null;
            LOG.info("The encoder works again");
            return;
          }
        } catch (RuntimeException | OutOfMemoryError e) {
          fault = new Fault("loading the encoder again failed: " + e.getMessage(), since);
          LOG.error("Loading the encoder again failed; the next try follows", e);
        }
        try {
          if (closing.await(options.reloadBackoff().toNanos(), TimeUnit.NANOSECONDS)) {
            return;
          }
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          return;
        }
      }
    }
  }

  private boolean dropIfCancelled(Ticket ticket) {
    if (ticket.isCancelled()) {
      admission.release(ticket.admittedTokens(), ticket.bytes());
      return true;
    }
    return false;
  }

  private void complete(Ticket ticket, EncoderHost.Encoded encoded, int row) {
    TokenizedText tokenized = ticket.tokenized();
    ticket.complete(
        new Outcome.Encoded(
            encoded.vectors()[row],
            encoded.model(),
            encoded.modelVersion(),
            tokenized.length(),
            tokenized.truncated()));
    admission.release(ticket.admittedTokens(), ticket.bytes());
  }

  private void reject(Ticket ticket, Throwable cause) {
    metrics.rejected();
    RuntimeException reason =
        cause instanceof RuntimeException failure
            ? failure
            : new EncoderException("out of memory on this text", cause);
    ticket.complete(new Outcome.Rejected(reason));
    admission.release(ticket.admittedTokens(), ticket.bytes());
  }
}
