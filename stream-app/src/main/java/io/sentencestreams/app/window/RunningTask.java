package io.sentencestreams.app.window;

import java.util.concurrent.atomic.AtomicReference;

/**
 * Whether a processor runs that there is one of: while its task is restored there is none, and its
 * stores are not whole. Thread-safe.
 */
final class RunningTask {
  private final AtomicReference<Object> running = new AtomicReference<>();

  void opened(Object processor) {
    running.set(processor);
  }

  /** Another one may have opened before. */
  void closed(Object processor) {
    running.compareAndSet(processor, null);
  }

  boolean isRunning() {
    return running.get() != null;
  }
}
