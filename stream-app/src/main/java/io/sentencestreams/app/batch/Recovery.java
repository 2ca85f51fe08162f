package io.sentencestreams.app.batch;

import io.sentencestreams.app.batch.MicroBatcher.Fault;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells a text that breaks the encoder from an encoder that is broken, and gets a broken one to
 * work again. Thread-safe; one thread mends while the others wait for it.
 */
final class Recovery {
  private static final Logger LOG = LoggerFactory.getLogger(Recovery.class);

  /** A text that brings the encoder down this often is the fault itself. */
  private static final int FAULTS_OF_ONE_TEXT = 3;

  /** Once may have been by chance. */
  private static final int FAILURES_OF_ONE_TEXT = 2;

  /**
   * Memory is short for a while, whatever is encoded; a text that has none each time is at fault.
   */
  private static final int TIMES_WITHOUT_MEMORY = 10;

  private final EncoderHost host;
  private final BatcherMetrics metrics;
  private final CallTimes callTimes;
  private final CountDownLatch closing;
  private final Duration backoff;
  private final LongSupplier nanoClock;
  private volatile Fault fault;

  Recovery(
      EncoderHost host,
      BatcherMetrics metrics,
      CallTimes callTimes,
      CountDownLatch closing,
      Duration backoff,
      LongSupplier nanoClock) {
    this.host = host;
    this.metrics = metrics;
    this.callTimes = callTimes;
    this.closing = closing;
    this.backoff = backoff;
    this.nanoClock = nanoClock;
  }

  /** What is to be done with a text that failed alone. */
  enum Verdict {
    TRY_AGAIN,
    REJECT,
    LEAVE
  }

  Optional<Fault> fault() {
    return Optional.ofNullable(fault);
  }

  /**
   * Decides whether a text or the encoder is at fault for a failure on that text alone. A text is
   * at fault if the encoder works and fails on it a second time: the first failure may have had a
   * cause that has passed. Memory that was short gets longer to come back. An encoder at fault
   * works again when this returns, unless the process is going down.
   *
   * @param replica where it failed
   * @param thread whose time the checks count as
   */
  Verdict judge(Ticket ticket, Throwable cause, int replica, int thread) {
    long generation = host.generation();
    boolean works = works(ticket, replica, thread);
    if (works && host.generation() == generation) {
      boolean outOfMemory = isOutOfMemory(cause);
      int most = outOfMemory ? TIMES_WITHOUT_MEMORY : FAILURES_OF_ONE_TEXT;
      if (ticket.countFailure(generation) >= most) {
        return Verdict.REJECT;
      }
      return outOfMemory && pause() ? Verdict.LEAVE : Verdict.TRY_AGAIN;
    }
    boolean condemned = false;
    if (!works) {
      boolean counts = !(cause instanceof EncoderHost.NotLoadedException);
      condemned = counts && ticket.countFault() >= FAULTS_OF_ONE_TEXT;
      recover(ticket, cause, replica, thread);
    }
    if (isClosing()) {
      return Verdict.LEAVE;
    }
    return condemned ? Verdict.REJECT : Verdict.TRY_AGAIN;
  }

  /** Does work again until it ends without an error that nothing below it understands. */
  @SuppressWarnings("ReferenceEquality") // this very fault, not one that says the same
  void insist(Runnable work) throws InterruptedException {
    while (!isClosing()) {
      try {
        work.run();
        return;
      } catch (Throwable e) {
        metrics.fault();
        Fault own = new Fault(e.toString(), nanoClock.getAsLong());
        fault = own;
        LOG.error("The encoder failed in a way of its own; the same texts are tried again", e);
        if (!closing.await(backoff.toNanos(), TimeUnit.NANOSECONDS) && fault == own) {
          fault = null;
        }
      }
    }
  }

  /** Says for good that the encoder does not work: only a restart helps. */
  void giveUp(Throwable cause) {
    fault = new Fault("a thread of the micro-batcher died: " + cause, nanoClock.getAsLong());
    LOG.error("A thread of the micro-batcher died; restart the process", cause);
  }

  private boolean isClosing() {
    return closing.getCount() == 0;
  }

  private boolean works(Ticket ticket, int replica, int thread) {
    callTimes.begin(thread, nanoClock.getAsLong());
    try {
      return host.works(replica, ticket.tokenized() == null ? 0 : ticket.tokenized().length());
    } finally {
      callTimes.end(thread);
    }
  }

  private synchronized void recover(Ticket ticket, Throwable cause, int replica, int thread) {
    if (isClosing() || works(ticket, replica, thread)) {
      return;
    }
    metrics.fault();
    long since = nanoClock.getAsLong();
    fault = new Fault(String.valueOf(cause.getMessage()), since);
    LOG.error("The encoder does not work; intake stops until it does", cause);
    while (!isClosing()) {
      try {
        host.reload();
        if (works(ticket, replica, thread)) {
          fault = null;
          LOG.info("The encoder works again");
          return;
        }
      } catch (RuntimeException | OutOfMemoryError e) {
        fault = new Fault("loading the encoder again failed: " + e.getMessage(), since);
        LOG.error("Loading the encoder again failed, the next try follows: {}", e.toString());
      }
      if (pause()) {
        return;
      }
    }
  }

  /** Lets the backoff pass; whether the process is going down. */
  private boolean pause() {
    try {
      return closing.await(backoff.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return true;
    }
  }

  /** The JVM's error, or what libtorch says of its own memory and of a GPU's. */
  private static boolean isOutOfMemory(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      String message = String.valueOf(cause.getMessage());
      if (cause instanceof OutOfMemoryError
          || message.contains("not enough memory")
          || message.contains("can't allocate memory")
          || message.contains("out of memory")) {
        return true;
      }
    }
    return false;
  }
}
