package io.sentencestreams.app.batch;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/**
 * What waits between the submitters, the tokenizer thread and the encoder threads.
 *
 * <p>Batches are formed when an encoder thread asks for one, never before: what arrives while the
 * encoder is busy becomes the next batches (batch while busy). Where batches are best of texts of
 * like lengths, the oldest up to {@link #WINDOW} batches' worth are taken out each time, sorted by
 * length and cut at the token budget, so that such texts meet and none waits longer than one
 * window; where they are not, the oldest are the next batch.
 *
 * <p>The tokenizer thread is left asleep while {@link #WINDOW} batches' worth of tokens lie ready,
 * unless an urgent text comes or many texts have gathered: to wake it for each costs more than the
 * tokens do. Texts that were cancelled leave with the others.
 *
 * <p>An urgent text waits for none of the others: it goes into the next batch, with other urgent
 * ones only. There must be few of them.
 */
final class BatchQueue {
  /** How many batches' worth of texts are sorted together. */
  static final int WINDOW = 4;

  /** Bounds on one call of the tokenizer, so that the encoder is not kept waiting for it. */
  private static final int TOKENIZE_TEXTS = 256;

  private static final int TOKENIZE_CHARS = 1 << 18;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition submitted = lock.newCondition();
  private final Condition tokenized = lock.newCondition();
  private final Deque<Ticket> inbox = new ArrayDeque<>();
  private final Deque<Ticket> ready = new ArrayDeque<>();
  private final Deque<Ticket> urgent = new ArrayDeque<>();
  private final Deque<List<Ticket>> formed = new ArrayDeque<>();
  private final int batchTokens;
  private final long lingerNanos;
  private final BooleanSupplier likeLengths;
  private final LongSupplier nanoClock;
  private long readyTokens;
  private int tokenizing;
  private boolean closed;

  /**
   * An empty queue.
   *
   * @param likeLengths whether batches are best of texts of like lengths, asked for each
   */
  BatchQueue(
      int batchTokens, long lingerNanos, BooleanSupplier likeLengths, LongSupplier nanoClock) {
    this.batchTokens = batchTokens;
    this.lingerNanos = lingerNanos;
    this.likeLengths = likeLengths;
    this.nanoClock = nanoClock;
  }

  void submit(Ticket ticket) {
    lock.lock();
    try {
      if (ticket.isUrgent()) {
        inbox.addFirst(ticket);
      } else {
        inbox.addLast(ticket);
      }
      wakeTokenizer();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Waits for texts to tokenize.
   *
   * @return the oldest ones, or only urgent ones, or an empty list when the queue was closed
   */
  List<Ticket> takeForTokenizing() throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (!needsTokens() && !closed) {
        submitted.await();
      }
      List<Ticket> taken = new ArrayList<>();
      long chars = 0;
      boolean urgentOnly = !closed && inbox.element().isUrgent();
      while (!closed
          && !inbox.isEmpty()
          && (!urgentOnly || inbox.element().isUrgent())
          && taken.size() < TOKENIZE_TEXTS
          && (taken.isEmpty() || chars + inbox.peekFirst().text().length() <= TOKENIZE_CHARS)) {
        Ticket ticket = inbox.pollFirst();
        chars += ticket.text().length();
        taken.add(ticket);
      }
      tokenizing = taken.size();
      return taken;
    } finally {
      lock.unlock();
    }
  }

  /** Gives back what {@link #takeForTokenizing} took, less what could not be tokenized. */
  void putTokenized(List<Ticket> tickets) {
    lock.lock();
    try {
      tokenizing = 0;
      for (Ticket ticket : tickets) {
        if (ticket.isUrgent()) {
          urgent.addLast(ticket);
        } else {
          ready.addLast(ticket);
          readyTokens += ticket.tokenized().length();
        }
      }
      tokenized.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Waits for a batch.
   *
   * @return texts whose tokens together are within the budget, or one text that exceeds it; empty
   *     when the queue was closed
   */
  List<Ticket> takeBatch() throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (true) {
        if (closed) {
          return List.of();
        }
        if (!urgent.isEmpty()) {
          return takeUrgent();
        }
        if (!formed.isEmpty()) {
          return formed.pollFirst();
        }
        if (ready.isEmpty()) {
          tokenized.await();
          continue;
        }
        long lingerLeft =
            lingerNanos - (nanoClock.getAsLong() - ready.peekFirst().submittedNanos());
        if (readyTokens < batchTokens && lingerLeft > 0) {
          long unused = tokenized.awaitNanos(lingerLeft); // measured anew in the next round
          continue;
        }
        form();
      }
    } finally {
      lock.unlock();
    }
  }

  private List<Ticket> takeUrgent() {
    List<Ticket> batch = new ArrayList<>();
    int tokens = 0;
    do {
      Ticket ticket = urgent.pollFirst();
      tokens += ticket.tokenized().length();
      batch.add(ticket);
    } while (!urgent.isEmpty() && tokens + urgent.peekFirst().tokenized().length() <= batchTokens);
    return batch;
  }

  /** Takes an urgent text out; false if it is not here any more, or is being tokenized. */
  boolean remove(Ticket ticket) {
    lock.lock();
    try {
      return inbox.remove(ticket) || urgent.remove(ticket);
    } finally {
      lock.unlock();
    }
  }

  /** Texts that no encoder thread has yet. */
  int waiting() {
    lock.lock();
    try {
      return inbox.size()
          + tokenizing
          + urgent.size()
          + ready.size()
          + formed.stream().mapToInt(List::size).sum();
    } finally {
      lock.unlock();
    }
  }

  void close() {
    lock.lock();
    try {
      closed = true;
      submitted.signalAll();
      tokenized.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Only by who holds the lock, as the two that follow. */
  private boolean needsTokens() {
    return !inbox.isEmpty()
        && (readyTokens < (long) WINDOW * batchTokens
            || inbox.size() >= TOKENIZE_TEXTS
            || inbox.peekFirst().isUrgent());
  }

  private void wakeTokenizer() {
    if (needsTokens()) {
      submitted.signal();
    }
  }

  private void form() {
    boolean sorts = likeLengths.getAsBoolean();
    long windowTokens = sorts ? (long) WINDOW * batchTokens : batchTokens;
    List<Ticket> window = new ArrayList<>();
    long taken = 0;
    while (!ready.isEmpty()
        && (window.isEmpty() || taken + ready.peekFirst().tokenized().length() <= windowTokens)) {
      Ticket ticket = ready.pollFirst();
      taken += ticket.tokenized().length();
      window.add(ticket);
    }
    readyTokens -= taken;
    if (sorts) {
      window.sort(Comparator.comparingInt(ticket -> ticket.tokenized().length()));
    }
    List<Ticket> batch = new ArrayList<>();
    int tokens = 0;
    for (Ticket ticket : window) {
      int length = ticket.tokenized().length();
      if (!batch.isEmpty() && tokens + length > batchTokens) {
        formed.addLast(batch);
        batch = new ArrayList<>();
        tokens = 0;
      }
      batch.add(ticket);
      tokens += length;
    }
    formed.addLast(batch);
    tokenized.signalAll();
    wakeTokenizer();
  }
}
