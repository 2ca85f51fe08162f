package io.sentencestreams.app.window;

import static org.assertj.core.api.Assertions.assertThat;

import io.sentencestreams.model.window.ContentRouter;
import io.sentencestreams.model.window.FixedPointVector;
import io.sentencestreams.schemas.DuplicateSerdes;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import org.apache.kafka.common.metrics.Metrics;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.processor.api.ContextualProcessor;
import org.apache.kafka.streams.processor.api.MockProcessorContext;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorSupplier;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.query.PositionBound;
import org.apache.kafka.streams.query.QueryConfig;
import org.apache.kafka.streams.query.QueryResult;
import org.apache.kafka.streams.state.StoreBuilder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VectorStoreTest {
  private static final WindowSettings SETTINGS =
      new WindowSettings(
          Duration.ofSeconds(10),
          Duration.ZERO,
          Duration.ZERO,
          true,
          0.9f,
          2,
          new ContentRouter(new float[][] {{1, 0}}, 1, 0.9f),
          1,
          100,
          100,
          100,
          1 << 20,
          "duplicates",
          null,
          () -> DuplicateSerdes.serializer(Map.of()));

  @TempDir private Path folder;

  /** A store is open when its restore begins, and what it answers then would be taken for all. */
  @Test
  void shouldAnswerQueriesFromWhenTheTaskRunsToWhenItStops() {
    Topology topology = new Topology();
    topology.addSource("source", new ByteArrayDeserializer(), new ByteArrayDeserializer(), "in");
    ProcessorSupplier<byte[], byte[], byte[], byte[]> holder =
        new ProcessorSupplier<>() {
          @Override
          public Processor<byte[], byte[], byte[], byte[]> get() {
            return new Nothing();
          }

          @Override
          public Set<StoreBuilder<?>> stores() {
            return Set.of(VectorStore.builder(WindowTopology.VECTORS_STORE, SETTINGS, Map.of()));
          }
        };
    topology.addProcessor("holder", holder, "source");
    Properties properties = new Properties();
    properties.put(StreamsConfig.APPLICATION_ID_CONFIG, "test");
    properties.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, "none:1");
    properties.put(StreamsConfig.STATE_DIR_CONFIG, folder.toString());
    try (TopologyTestDriver driver = new TopologyTestDriver(topology, properties);
        Metrics metrics = new Metrics()) {
      VectorStore store = (VectorStore) driver.getStateStore(WindowTopology.VECTORS_STORE);
      short[] vector = FixedPointVector.of(new float[] {1, 0});
      long handle = Handles.of(1000, 0);
      store.indexes().add(handle, "v1", IdIndex.hash("id"), vector); // as the restore does
      assertThat(store.isOpen()).isTrue();
      assertThat(view(store).isFailure()).isTrue();

      MockProcessorContext<byte[], byte[]> context = new MockProcessorContext<>();
      context.addStateStore(store);
      context.addStateStore(MemoryStores.open(WindowTopology.ENTRIES_STORE, Serdes.Long()));
      context.addStateStore(MemoryStores.open(WindowTopology.STATE_STORE, Serdes.String()));
      WindowProcessor processor = new WindowProcessor(SETTINGS, new WindowMetrics(metrics), null);
      for (int run = 0; run < 2; run++) {
        processor.init(context);
        assertThat(view(store).getResult().versions()).containsEntry("v1", 1L);
        assertThat(handles(store).getResult()).containsExactly(handle);
        processor.close();
        assertThat(view(store).isFailure()).isTrue();
        assertThat(handles(store).isFailure()).isTrue();
      }
    }
  }

  private static QueryResult<VectorView> view(VectorStore store) {
    return store.query(
        new VectorStore.ViewQuery("v1"), PositionBound.unbounded(), new QueryConfig(false));
  }

  private static QueryResult<long[]> handles(VectorStore store) {
    return store.query(
        new VectorStore.HandlesQuery("id", Long.MAX_VALUE, 10),
        PositionBound.unbounded(),
        new QueryConfig(false));
  }

  private static final class Nothing extends ContextualProcessor<byte[], byte[], byte[], byte[]> {
    @Override
    public void process(Record<byte[], byte[]> record) {
      // only its store is wanted
    }
  }
}
