package io.sentencestreams.app.batch;

import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The bound on what is in flight in this process, in tokens and in bytes.
 *
 * <p>A place is taken when a text is submitted and given back when its result is there, not when
 * the result is forwarded: a stream thread that waits here for one of its tasks cannot forward for
 * its other tasks, so places held by results would never come free. The wait is first come, first
 * served, so that a busy partition cannot starve a quiet one.
 */
final class Admission {
  private final ReentrantLock lock = new ReentrantLock(true);
  private final Condition freed = lock.newCondition();
  private final long maxBytes;
  private long maxTokens;
  private long tokens;
  private long bytes;
  private boolean closed;

  Admission(long maxTokens, long maxBytes) {
    if (maxTokens <= 0 || maxBytes <= 0) {
      throw new IllegalArgumentException(
          "bounds must be positive, got " + maxTokens + " tokens and " + maxBytes + " bytes");
    }
    this.maxTokens = maxTokens;
    this.maxBytes = maxBytes;
  }

  /**
   * Waits until a text fits under the bounds. A text that alone exceeds them fits when nothing else
   * is in flight.
   *
   * @return false if it did not fit within {@code maxWaitNanos}, or the wait was interrupted (the
   *     thread's interrupt flag is then set); nothing is taken then
   */
  boolean acquire(int textTokens, int textBytes, long maxWaitNanos) {
    long left = maxWaitNanos;
    lock.lock();
    try {
      while (!fits(textTokens, textBytes) && !closed) {
        if (left <= 0) {
          return false;
        }
        left = freed.awaitNanos(left);
      }
      take(textTokens, textBytes);
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    } finally {
      lock.unlock();
    }
  }

  /** Takes a place whether it fits or not: for what a restored store holds already. */
  void take(int textTokens, int textBytes) {
    lock.lock();
    try {
      tokens += textTokens;
      bytes += textBytes;
    } finally {
      lock.unlock();
    }
  }

  /** Replaces an estimate by the count that tokenization gave. */
  void correct(int estimatedTokens, int actualTokens) {
    lock.lock();
    try {
      tokens += actualTokens - estimatedTokens;
      if (actualTokens < estimatedTokens) {
        freed.signalAll();
      }
    } finally {
      lock.unlock();
    }
  }

  /** Gives a place back. */
  void release(int textTokens, int textBytes) {
    lock.lock();
    try {
      tokens -= textTokens;
      bytes -= textBytes;
      if (tokens < 0 || bytes < 0) {
        throw new IllegalStateException("more was released than was taken");
      }
      freed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Follows the measured rate of the encoder. */
  void setMaxTokens(long newMaxTokens) {
    lock.lock();
    try {
      maxTokens = newMaxTokens;
      freed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Lets every waiter through: the process is going down and its records are in the store. */
  void close() {
    lock.lock();
    try {
      closed = true;
      freed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  long tokens() {
    lock.lock();
    try {
      return tokens;
    } finally {
      lock.unlock();
    }
  }

  long bytes() {
    lock.lock();
    try {
      return bytes;
    } finally {
      lock.unlock();
    }
  }

  long maxTokens() {
    lock.lock();
    try {
      return maxTokens;
    } finally {
      lock.unlock();
    }
  }

  private boolean fits(int textTokens, int textBytes) {
    boolean empty = tokens == 0 && bytes == 0;
    return empty || (tokens + textTokens <= maxTokens && bytes + textBytes <= maxBytes);
  }
}
