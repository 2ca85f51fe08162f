package io.sentencestreams.app.topology;

import org.apache.kafka.streams.processor.api.ProcessorContext;

/**
 * What one processor forwarded and nobody who reads committed records sees yet: it asks for a
 * commit as soon as {@link EarlyCommit} lets its thread.
 */
final class CommitWish {
  private final EarlyCommit earlyCommit;
  private boolean open;
  private long forwardedNanos;

  CommitWish(EarlyCommit earlyCommit) {
    this.earlyCommit = earlyCommit;
  }

  /** Something was forwarded now. */
  void forwarded() {
    open = true;
    forwardedNanos = earlyCommit.now();
  }

  /** Whether what was forwarded still waits for a commit. */
  boolean isOpen() {
    return open;
  }

  /** Asks for the commit if this is the time; to be called again and again while open. */
  void pursue(ProcessorContext<?, ?> context) {
    if (open && earlyCommit.take()) {
      context.commit();
      open = false;
    } else if (open && earlyCommit.isPast(forwardedNanos)) {
      open = false;
    }
  }

  /** The task is closed; it has committed or never will. */
  void drop() {
    open = false;
  }
}
