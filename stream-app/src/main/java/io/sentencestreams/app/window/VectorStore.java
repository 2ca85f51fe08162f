package io.sentencestreams.app.window;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.processor.StateStore;
import org.apache.kafka.streams.processor.StateStoreContext;
import org.apache.kafka.streams.query.FailureReason;
import org.apache.kafka.streams.query.Position;
import org.apache.kafka.streams.query.PositionBound;
import org.apache.kafka.streams.query.Query;
import org.apache.kafka.streams.query.QueryConfig;
import org.apache.kafka.streams.query.QueryResult;
import org.apache.kafka.streams.state.KeyValueBytesStoreSupplier;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;

/**
 * The window's vectors: an index in memory, whose content is on a changelog. The restore feeds the
 * index as it reads, on Kafka Streams' thread for restores, so a standby's index is warm and a task
 * that takes over does not rebuild it on the stream thread.
 *
 * <p>The changelog is written by a key-value store of Kafka Streams around {@link IndexedBytes},
 * which keeps nothing but the index.
 *
 * <p>It answers {@link ViewQuery} and {@link HandlesQuery} through Kafka Streams' interactive
 * queries, from any thread.
 */
final class VectorStore implements StateStore {
  private final VectorIndexes indexes;
  private final KeyValueStore<Long, byte[]> logged;

  private VectorStore(String name, WindowSettings settings, Map<String, String> changelog) {
    this.indexes = new VectorIndexes(settings);
    this.logged =
        Stores.keyValueStoreBuilder(new Supplier(name, indexes), Serdes.Long(), Serdes.ByteArray())
            .withCachingDisabled()
            .withLoggingEnabled(changelog)
            .build();
  }

  /** The indexes, to be searched; {@link #put} and {@link #delete} change them. */
  VectorIndexes indexes() {
    return indexes;
  }

  void put(long handle, String modelVersion, String id, short[] vector) {
    logged.put(handle, encode(modelVersion, IdIndex.hash(id), vector));
  }

  void delete(long handle) {
    logged.put(handle, null);
  }

  private static byte[] encode(String modelVersion, int idHash, short[] vector) {
    return WindowCodec.encode(
        Short.BYTES * vector.length,
        encoder -> {
          encoder.writeString(modelVersion);
          encoder.writeInt(idHash);
          WindowCodec.writeVector(vector, encoder);
        });
  }

  private record Entry(String modelVersion, int idHash, short[] vector) {}

  private static Entry decode(byte[] value) {
    return WindowCodec.decode(
        "A vector of the window",
        value,
        decoder ->
            new Entry(decoder.readString(), decoder.readInt(), WindowCodec.readVector(decoder)));
  }

  /** Asks for the vectors of a version as they are now. */
  record ViewQuery(String modelVersion) implements Query<VectorView> {}

  /**
   * Asks for the greatest handles of texts that may have an id, the greatest first; some may be
   * gone.
   *
   * @param before all are less
   * @param most how many at most
   */
  record HandlesQuery(String id, long before, int most) implements Query<long[]> {}

  @Override
  public <R> QueryResult<R> query(Query<R> query, PositionBound bound, QueryConfig config) {
    Optional<?> answer;
    if (query instanceof ViewQuery view) {
      answer = indexes.view(view.modelVersion());
    } else if (query instanceof HandlesQuery handles) {
      answer = indexes.handles(handles.id(), handles.before(), handles.most());
    } else {
      return QueryResult.forUnknownQueryType(query, this);
    }
    @SuppressWarnings("unchecked") // each query names the type of its answer
    Optional<R> typed = (Optional<R>) answer;
    return typed
        .map(QueryResult::forResult)
        .orElseGet(
            () ->
                QueryResult.forFailure(
                    FailureReason.NOT_PRESENT, "the partition is not restored yet, or closed"));
  }

  @Override
  public String name() {
    return logged.name();
  }

  @Override
  public void init(StateStoreContext context, StateStore root) {
    logged.init(context, root);
  }

  @Override
  public void commit(Map<TopicPartition, Long> changelogOffsets) {
    logged.commit(changelogOffsets);
  }

  @Override
  public void close() {
    logged.close();
  }

  @Override
  public boolean persistent() {
    return false;
  }

  @Override
  public boolean isOpen() {
    return logged.isOpen();
  }

  /** Builds a store for each task. */
  static StoreBuilder<VectorStore> builder(
      String name, WindowSettings settings, Map<String, String> changelog) {
    return new Builder(name, settings, changelog);
  }

  private record Supplier(String name, VectorIndexes indexes)
      implements KeyValueBytesStoreSupplier {
    @Override
    public KeyValueStore<Bytes, byte[]> get() {
      return new IndexedBytes(name, indexes);
    }

    @Override
    public String metricsScope() {
      return "in-memory";
    }
  }

  /** Keeps vectors in the index only; they can be searched, and not be looked up by key. */
  private static final class IndexedBytes implements KeyValueStore<Bytes, byte[]> {
    private final String name;
    private final VectorIndexes indexes;
    private final Position position = Position.emptyPosition();
    private StateStoreContext context;
    private boolean open;

    IndexedBytes(String name, VectorIndexes indexes) {
      this.name = name;
      this.indexes = indexes;
    }

    @Override
    public void put(Bytes key, byte[] value) {
      change(key.get(), value);
      context
          .recordMetadata()
          .filter(record -> record.topic() != null) // a punctuator has no record
          .ifPresent(
              record ->
                  position.withComponent(record.topic(), record.partition(), record.offset()));
    }

    private void change(byte[] key, byte[] value) {
      long handle = Serdes.Long().deserializer().deserialize(name, key);
      if (value == null) {
        indexes.remove(handle);
      } else {
        Entry entry = decode(value);
        indexes.add(handle, entry.modelVersion(), entry.idHash(), entry.vector());
      }
    }

    @Override
    public byte[] putIfAbsent(Bytes key, byte[] value) {
      throw noLookUp();
    }

    @Override
    public void putAll(List<KeyValue<Bytes, byte[]>> entries) {
      entries.forEach(entry -> put(entry.key, entry.value));
    }

    @Override
    public byte[] delete(Bytes key) {
      put(key, null);
      return null;
    }

    @Override
    public byte[] get(Bytes key) {
      throw noLookUp();
    }

    @Override
    public KeyValueIterator<Bytes, byte[]> range(Bytes from, Bytes to) {
      throw noLookUp();
    }

    @Override
    public KeyValueIterator<Bytes, byte[]> all() {
      throw noLookUp();
    }

    private static UnsupportedOperationException noLookUp() {
      return new UnsupportedOperationException("the window's vectors are searched, not looked up");
    }

    @Override
    public Position getPosition() {
      return position;
    }

    @Override
    public long approximateNumEntries() {
      return indexes.size();
    }

    @Override
    public String name() {
      return name;
    }

    @Override
    public void init(StateStoreContext newContext, StateStore root) {
      context = newContext;
      context.register(root, this::change);
      open = true;
    }

    @Override
    public void commit(Map<TopicPartition, Long> changelogOffsets) {
      // all of it is in memory and on the changelog
    }

    @Override
    public void close() {
      indexes.close();
      open = false;
    }

    @Override
    public boolean persistent() {
      return false;
    }

    @Override
    public boolean isOpen() {
      return open;
    }
  }

  private record Builder(String name, WindowSettings settings, Map<String, String> logConfig)
      implements StoreBuilder<VectorStore> {
    @Override
    public StoreBuilder<VectorStore> withCachingEnabled() {
      throw new UnsupportedOperationException("what is searched cannot wait in a cache");
    }

    @Override
    public StoreBuilder<VectorStore> withCachingDisabled() {
      return this;
    }

    @Override
    public StoreBuilder<VectorStore> withLoggingEnabled(Map<String, String> config) {
      return new Builder(name, settings, config);
    }

    @Override
    public StoreBuilder<VectorStore> withLoggingDisabled() {
      throw new UnsupportedOperationException("the changelog is all that outlives a task");
    }

    @Override
    public VectorStore build() {
      return new VectorStore(name, settings, logConfig);
    }

    @Override
    public boolean loggingEnabled() {
      return true;
    }
  }
}
