package io.sentencestreams.app.topology;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Which partitions a processor runs for in this process: while a task is restored it does not, and
 * Kafka Streams lets the task's stores be read all the same, though they are not whole.
 * Thread-safe.
 */
public final class RunningPartitions {
  private final Map<Integer, Object> running = new ConcurrentHashMap<>();

  /** Notes that a processor begins. */
  public void opened(int partition, Object processor) {
    running.put(partition, processor);
  }

  /** Notes that a processor has ended; another one may have begun before. */
  public void closed(int partition, Object processor) {
    running.remove(partition, processor);
  }

  /** Whether a processor runs for a partition. */
  public boolean isRunning(int partition) {
    return running.containsKey(partition);
  }

  /**
   * Makes sure that a partition's stores are whole.
   *
   * @param what they hold, for the message
   * @throws LocalStores.NotHereException if they are not
   */
  public void require(int partition, String what) {
    if (!isRunning(partition)) {
      throw new LocalStores.NotHereException(what + " are not restored yet, or closed", null);
    }
  }
}
