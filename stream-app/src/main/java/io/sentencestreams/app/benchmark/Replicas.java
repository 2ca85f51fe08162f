package io.sentencestreams.app.benchmark;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;

/** A thread for each replica of an encoder. */
final class Replicas implements AutoCloseable {
  private final int count;
  private final ExecutorService threads;

  Replicas(int count) {
    this.count = count;
    this.threads = Executors.newFixedThreadPool(count);
  }

  int count() {
    return count;
  }

  /** A piece of work on a replica. */
  interface Piece {
    void run(int index, int replica);
  }

  /** Does pieces of work, which the replicas take in turn, and waits for all of them. */
  void share(int pieces, Piece piece) {
    AtomicInteger next = new AtomicInteger();
    onEach(
        replica -> {
          for (int i = next.getAndIncrement(); i < pieces; i = next.getAndIncrement()) {
            piece.run(i, replica);
          }
        });
  }

  /** Does the same on every replica at once. */
  void onEach(IntConsumer work) {
    List<Future<?>> running = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int replica = i;
      running.add(threads.submit(() -> work.accept(replica)));
    }
    try {
      for (Future<?> replica : running) {
        replica.get();
      }
    } catch (ExecutionException e) {
      throw new IllegalStateException("the encoder failed", e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }
}
