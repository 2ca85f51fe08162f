package io.sentencestreams.app.batch;

import io.sentencestreams.model.TokenizedText;
import java.util.concurrent.locks.LockSupport;

/**
 * A submitted text and, once there is one, its outcome. Written by the threads of the {@link
 * MicroBatcher}, read by the submitter.
 */
public final class Ticket {
  private final String text;
  private final int bytes;
  private final long submittedNanos;
  private final Kind kind;

  /** What {@link Admission} counts for this text: an estimate, then the real count. */
  private volatile int admittedTokens;

  private TokenizedText tokenized;
  private int faults;
  private int failures;
  private long failedGeneration = -1;
  private boolean released;
  private volatile Outcome outcome;
  private volatile boolean cancelled;
  private volatile Thread waiter;

  /** Whom the outcome is for. */
  enum Kind {
    /** The stream. */
    STREAM,
    /** Somebody who waits: it goes ahead of those of the stream. */
    QUERY,
    /** Nobody who waits, and what the model before makes of it is not wanted. */
    BACKGROUND
  }

  Ticket(String text, int bytes, int estimatedTokens, long submittedNanos) {
    this(text, bytes, estimatedTokens, submittedNanos, Kind.STREAM);
  }

  Ticket(String text, int bytes, int estimatedTokens, long submittedNanos, Kind kind) {
    this.text = text;
    this.bytes = bytes;
    this.admittedTokens = estimatedTokens;
    this.submittedNanos = submittedNanos;
    this.kind = kind;
  }

  /** Of a text whose outcome is known already: nothing is admitted for it. */
  static Ticket known(String text, Outcome outcome, long submittedNanos) {
    Ticket ticket = new Ticket(text, 0, 0, submittedNanos);
    ticket.complete(outcome);
    return ticket;
  }

  /** The outcome, or null while there is none. */
  public Outcome outcome() {
    return outcome;
  }

  /**
   * Waits for the outcome; one thread at a time may.
   *
   * @return null if there is none yet, or the thread was interrupted (its flag is then set)
   */
  public Outcome await(long nanos) {
    waiter = Thread.currentThread(); // before the outcome is looked at: see complete
    long deadline = System.nanoTime() + nanos;
    long left = nanos;
    while (outcome == null && left > 0 && !Thread.currentThread().isInterrupted()) {
      LockSupport.parkNanos(this, left);
      left = deadline - System.nanoTime();
    }
    waiter = null;
    return outcome;
  }

  /**
   * Says that nobody waits for this text any more. It is left out of the batches that are not
   * formed yet; if it is in one already, its outcome is of no consequence.
   */
  public void cancel() {
    cancelled = true;
  }

  boolean isCancelled() {
    return cancelled;
  }

  /** Whether it goes ahead of texts that are not. */
  boolean isUrgent() {
    return kind == Kind.QUERY;
  }

  /** Whether an embedding by the model before is wanted too, while that is there. */
  boolean wantsOlder() {
    return kind != Kind.BACKGROUND;
  }

  String text() {
    return text;
  }

  int bytes() {
    return bytes;
  }

  long submittedNanos() {
    return submittedNanos;
  }

  int admittedTokens() {
    return admittedTokens;
  }

  TokenizedText tokenized() {
    return tokenized;
  }

  void tokenized(TokenizedText newTokenized) {
    tokenized = newTokenized;
    admittedTokens = newTokenized.length();
  }

  /** Counts the failures of this text alone with one and the same encoder. */
  int countFailure(long generation) {
    failures = generation == failedGeneration ? failures + 1 : 1;
    failedGeneration = generation;
    return failures;
  }

  /** Whether its place under the bound is still to be given back; true once only. */
  synchronized boolean release() {
    boolean first = !released;
    released = true;
    return first;
  }

  /** Counts a fault of the encoder that came up on this text alone. */
  int countFault() {
    return ++faults;
  }

  /**
   * Says what became of the text.
   *
   * @throws IllegalStateException if it was said before: the first outcome may be forwarded already
   */
  void complete(Outcome newOutcome) {
    if (outcome != null) {
      throw new IllegalStateException("a text has one outcome, and this one has " + outcome);
    }
    outcome = newOutcome;
    Thread waiting = waiter;
    if (waiting != null) {
      LockSupport.unpark(waiting);
    }
  }
}
