package io.sentencestreams.model.training;

import io.sentencestreams.model.internal.Torch;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Threads that compute parts of one thing side by side, each with its share of the threads that
 * operators may use. An operator on small tensors hardly gains from a second thread; a second part
 * of the batch does.
 */
public final class Lanes implements AutoCloseable {
  /** Each lane has gradients of its own for a while, so more cost memory. */
  private static final int MOST = 4;

  private final ExecutorService executor;
  private final int count;
  private final int threads;

  private Lanes(int count, int threads) {
    this.count = count;
    this.threads = threads;
    this.executor =
        Executors.newFixedThreadPool(
            count,
            task -> {
              Thread thread = new Thread(task, "lane");
              thread.setDaemon(true);
              return thread;
            });
  }

  /**
   * Lanes for a number of threads: as many, up to 4, which depends on nothing else, so that sums
   * are the same from run to run. Threads that cannot be shared out evenly are left unused.
   */
  public static Lanes of(int threads) {
    int count = Math.min(MOST, threads);
    return new Lanes(count, threads / count);
  }

  /** One lane with all of the threads. */
  public static Lanes one(int threads) {
    return new Lanes(1, threads);
  }

  /** Number of lanes. */
  public int count() {
    return count;
  }

  /**
   * Runs tasks and waits for all of them, even if one fails or this thread is interrupted: they use
   * native memory that the caller frees.
   *
   * @return their results, in their order
   * @throws RuntimeException the first failure in the order of the tasks
   */
  public <T> List<T> run(List<Callable<T>> tasks) {
    List<Future<T>> futures = new ArrayList<>();
    Throwable refusal = null;
    try {
      for (Callable<T> task : tasks) {
        futures.add(executor.submit(() -> inLane(task)));
      }
    } catch (RuntimeException | Error e) {
      refusal = e; // such as no memory for a thread; those before it go on
    }
    List<T> results = new ArrayList<>();
    Throwable failure = null;
    boolean interrupted = false;
    for (Future<T> future : futures) {
      while (true) {
        try {
          results.add(future.get());
        } catch (InterruptedException e) {
          interrupted = true;
          continue;
        } catch (ExecutionException e) {
          failure = failure == null ? e.getCause() : failure;
        }
        break;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    failure = failure == null ? refusal : failure;
    if (failure != null) {
      throw rethrown(failure);
    }
    return results;
  }

  private <T> T inLane(Callable<T> task) throws Exception {
    Torch.prepareThread(threads);
    return task.call();
  }

  private static RuntimeException rethrown(Throwable failure) {
    if (failure instanceof RuntimeException unchecked) {
      return unchecked;
    }
    if (failure instanceof Error error) {
      throw error;
    }
    return new IllegalStateException(failure);
  }

  @Override
  public void close() {
    executor.shutdown();
  }
}
