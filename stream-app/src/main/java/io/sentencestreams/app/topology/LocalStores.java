package io.sentencestreams.app.topology;

import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StoreQueryParameters;
import org.apache.kafka.streams.errors.InvalidStateStoreException;
import org.apache.kafka.streams.state.QueryableStoreTypes;
import org.apache.kafka.streams.state.ReadOnlyKeyValueStore;

/**
 * Reads the stores of active tasks of this process. Thread-safe.
 *
 * <p>By the older kind of interactive query: Kafka's stores answer the newer one with the lock of
 * their position and then their own, and a stream thread that writes takes the two the other way
 * round, so that both wait for ever (KAFKA-19629, in 4.3.1).
 */
public final class LocalStores {
  private final KafkaStreams streams;

  /** Reads the stores of a stream. */
  public LocalStores(KafkaStreams streams) {
    this.streams = streams;
  }

  /** A partition cannot be read here at present. */
  public static final class NotHereException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** A partition that is elsewhere, or not ready; the message says which. */
    public NotHereException(String message, Throwable cause) {
      super(message, cause);
    }
  }

  /**
   * Looks a key up; null if it is not there.
   *
   * @throws NotHereException if the partition's active task is not in this process
   */
  public <K> byte[] get(String store, int partition, K key) {
    return this.<K, byte[]>read(store, partition, view -> view.get(key));
  }

  /**
   * Reads in a partition of a store.
   *
   * @throws NotHereException if the partition's active task is not in this process
   */
  public <K, R> R read(
      String store, int partition, Function<ReadOnlyKeyValueStore<K, byte[]>, R> reader) {
    return here(
        () ->
            reader.apply(
                streams.store(
                    StoreQueryParameters.fromNameAndType(
                            store, QueryableStoreTypes.<K, byte[]>keyValueStore())
                        .withPartition(partition))));
  }

  /**
   * Reads what only an active task has.
   *
   * @throws NotHereException if Kafka Streams finds no such task in this process
   */
  public <T> T here(Supplier<T> read) {
    try {
      return read.get();
    } catch (InvalidStateStoreException | IllegalStateException e) { // moved, closed, not started
      throw new NotHereException(
          "this instance is %s: %s".formatted(streams.state(), e.getMessage()), e);
    }
  }
}
