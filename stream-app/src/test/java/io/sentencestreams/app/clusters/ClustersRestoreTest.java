package io.sentencestreams.app.clusters;

import static org.assertj.core.api.Assertions.assertThat;

import io.sentencestreams.app.topology.RunningPartitions;
import io.sentencestreams.app.window.PlaneEncoder;
import io.sentencestreams.model.clustering.online.Cluster;
import io.sentencestreams.model.clustering.online.MacroOptions;
import io.sentencestreams.model.clustering.online.MacroStep;
import io.sentencestreams.model.clustering.online.MicroClusterOptions;
import io.sentencestreams.model.clustering.online.NeighbourOdds;
import io.sentencestreams.schemas.ClusterAssignmentSerdes;
import io.sentencestreams.schemas.ClusterSerdes;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import org.apache.kafka.common.metrics.Metrics;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.processor.TaskId;
import org.apache.kafka.streams.processor.api.MockProcessorContext;
import org.apache.kafka.streams.processor.api.MockProcessorContext.CapturedForward;
import org.apache.kafka.streams.processor.api.MockProcessorContext.CapturedPunctuator;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tasks of three partitions and of the macro step that are lost, and opened on their stores. */
class ClustersRestoreTest {
  private static final long START = 1_767_225_600_000L;
  private static final int PARTITIONS = 3;
  private static final int TEXTS = 600;

  @TempDir private Path folder;

  private final Metrics metrics = new Metrics();
  private final ClustersMetrics clustersMetrics = new ClustersMetrics(metrics);
  private final ClusterSettings settings =
      new ClusterSettings(
          MicroClusterOptions.DEFAULT.withHalfLife(60_000).withMaxMicroClusters(60),
          MacroOptions.DEFAULT.withHalfLife(60_000),
          Duration.ofSeconds(1),
          PARTITIONS,
          "clusters",
          "assignments",
          () -> ClusterSerdes.serializer(Map.of()),
          () -> ClusterAssignmentSerdes.serializer(Map.of()),
          60_000,
          new RunningPartitions(),
          new RunningPartitions(),
          Runnable::run);

  @AfterEach
  void tearDown() {
    metrics.close();
  }

  /** What came out, in order. */
  private record Run(List<String> assignments, List<String> clusters) {}

  @Test
  void shouldGoOnAsTheLostTasksWouldHave() {
    Run undisturbed = run(step -> false);
    assertThat(undisturbed.assignments()).hasSize(TEXTS);
    assertThat(undisturbed.assignments().subList(TEXTS / 2, TEXTS))
        .filteredOn(assignment -> assignment.contains("\"cluster\":\"v1-"))
        .hasSizeGreaterThan(TEXTS * 2 / 5);
    assertThat(undisturbed.clusters()).hasSizeGreaterThan(10);
    for (int seed = 1; seed <= 5; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      Run disturbed = run(step -> random.nextInt(10) == 0);
      assertThat(disturbed.assignments()).isEqualTo(undisturbed.assignments());
      assertThat(disturbed.clusters()).isEqualTo(undisturbed.clusters());
    }
  }

  @Test
  void shouldKeepTheClustersItHadUntilThoseOfANewStepAreComplete() {
    Task task = new Task(0, () -> new MicroProcessor(settings, clustersMetrics));
    task.open();
    float[] vector = PlaneEncoder.embedding("a");
    task.process(null, ClusterCodec.encode(model(1, 7, vector)));
    task.process(null, text("a", 0));
    // The first of two parts of the next step.
    task.process(null, ClusterCodec.encode(new ModelPart("v1", 2, 0, 2, new byte[] {1})));
    task.close();
    task.open();
    task.process(null, text("a", 1));
    task.process(null, ClusterCodec.encode(model(3, 9, vector)));
    task.process(null, text("a", 2));
    assertThat(task.forwarded(ClustersTopology.ASSIGNMENTS))
        .extracting(ClustersRestoreTest::clusterOf)
        .containsExactly("v1-7", "v1-7", "v1-9");
    task.close();
  }

  private static ModelPart model(long step, long cluster, float[] centroid) {
    Cluster only =
        new Cluster(cluster, 5, 5, centroid, List.of(), List.of(), START, START, List.of());
    MacroStep macroStep =
        new MacroStep(
            START, List.of(only), List.of(), Map.of(1L, cluster), Map.of(), NeighbourOdds.UNKNOWN);
    return new ModelPart("v1", step, 0, 1, ClusterCodec.encode(macroStep, 0));
  }

  private static String clusterOf(byte[] assignment) {
    return ClusterAssignmentSerdes.deserializer(Map.of())
        .deserialize("assignments", assignment)
        .cluster();
  }

  /** When a task is lost. */
  private interface Loss {
    boolean now(int step);
  }

  /** The stream as a whole, with the same texts each time, and losses between any two records. */
  private Run run(Loss loss) {
    List<Task> partitions = new ArrayList<>();
    for (int i = 0; i < PARTITIONS; i++) {
      partitions.add(new Task(i, () -> new MicroProcessor(settings, clustersMetrics)));
    }
    Task macro = new Task(0, () -> new MacroProcessor(settings, clustersMetrics));
    partitions.forEach(Task::open);
    macro.open();
    Run run = new Run(new ArrayList<>(), new ArrayList<>());
    for (int i = 0; i < TEXTS; i++) {
      Task task = partitions.get(i % PARTITIONS);
      if (loss.now(i)) {
        task.close();
        task.open();
      }
      if (loss.now(i)) {
        macro.close();
        macro.open();
      }
      task.process(null, text("topic" + i % 5 + "~30~variant" + i, i));
      if (i % 60 == 59) {
        partitions.forEach(Task::punctuate);
        partitions.forEach(
            from ->
                from.forwarded(ClustersTopology.TO_MACRO)
                    .forEach(value -> macro.process(null, value)));
        macro.punctuate();
        macro
            .keyed(ClustersTopology.TO_PARTITIONS)
            .forEach(
                entry ->
                    partitions
                        .get(ByteBuffer.wrap(entry.key()).getInt())
                        .process(null, entry.value()));
        macro
            .keyed(ClustersTopology.CLUSTERS)
            .forEach(
                entry ->
                    run.clusters()
                        .add(
                            new String(entry.key(), StandardCharsets.UTF_8)
                                + " "
                                + new String(entry.value(), StandardCharsets.UTF_8)));
        macro.forget();
      }
      task.forwarded(ClustersTopology.ASSIGNMENTS)
          .forEach(value -> run.assignments().add(new String(value, StandardCharsets.UTF_8)));
      partitions.forEach(Task::forget);
    }
    partitions.forEach(Task::close);
    macro.close();
    return run;
  }

  private static byte[] text(String text, int offset) {
    return ClusterCodec.encode(
        new EmbeddedText(
            "id" + offset,
            "texts",
            0,
            offset,
            START + offset * 500L,
            "v1",
            PlaneEncoder.embedding(text),
            text.replace('~', ' ')));
  }

  private record Keyed(byte[] key, byte[] value) {}

  /** A task whose stores outlive it. */
  private final class Task {
    private final int partition;
    private final Supplier<Processor<byte[], byte[], byte[], byte[]>> processors;
    private final Map<String, Map<String, byte[]>> bytesStores = new HashMap<>();
    private final Map<String, byte[]> states = new HashMap<>();
    private MockProcessorContext<byte[], byte[]> context;
    private Processor<byte[], byte[], byte[], byte[]> processor;
    private final List<KeyValueStore<byte[], byte[]>> open = new ArrayList<>();
    private KeyValueStore<String, byte[]> openStates;
    private final List<CapturedForward<? extends byte[], ? extends byte[]>> forwards =
        new ArrayList<>();

    Task(int partition, Supplier<Processor<byte[], byte[], byte[], byte[]>> processors) {
      this.partition = partition;
      this.processors = processors;
    }

    void open() {
      Properties properties = new Properties();
      properties.put("application.id", "test");
      properties.put("bootstrap.servers", "none:1");
      context =
          new MockProcessorContext<>(
              properties, new TaskId(0, partition), folder.resolve("p" + partition).toFile());
      context.setCurrentSystemTimeMs(START + Duration.ofHours(1).toMillis());
      for (String name :
          List.of(
              ClustersTopology.MICRO_STORE,
              ClustersTopology.MODELS_STORE,
              ClustersTopology.MEMBERS_STORE,
              ClustersTopology.SUMMARIES_STORE,
              ClustersTopology.CLUSTERS_STORE,
              ClustersTopology.ENDS_STORE)) {
        KeyValueStore<byte[], byte[]> store =
            Stores.keyValueStoreBuilder(
                    Stores.inMemoryKeyValueStore(name), Serdes.ByteArray(), Serdes.ByteArray())
                .withLoggingDisabled()
                .build();
        store.init(context.getStateStoreContext(), store);
        bytesStores
            .getOrDefault(name, Map.of())
            .forEach((key, value) -> store.put(HexFormat.of().parseHex(key), value));
        open.add(store);
      }
      openStates =
          Stores.keyValueStoreBuilder(
                  Stores.inMemoryKeyValueStore(ClustersTopology.STATES_STORE),
                  Serdes.String(),
                  Serdes.ByteArray())
              .withLoggingDisabled()
              .build();
      openStates.init(context.getStateStoreContext(), openStates);
      states.forEach(openStates::put);
      processor = processors.get();
      processor.init(context);
    }

    void close() {
      forwards.addAll(context.forwarded());
      for (KeyValueStore<byte[], byte[]> store : open) {
        Map<String, byte[]> kept = new HashMap<>();
        store
            .all()
            .forEachRemaining(entry -> kept.put(HexFormat.of().formatHex(entry.key), entry.value));
        bytesStores.put(store.name(), kept);
      }
      states.clear();
      openStates.all().forEachRemaining(entry -> states.put(entry.key, entry.value));
      processor.close();
      open.forEach(KeyValueStore::close);
      openStates.close();
      open.clear();
    }

    void process(byte[] key, byte[] value) {
      processor.process(new Record<>(key, value, START));
    }

    /** Each punctuator that waits, and those that it leaves, until none is new. */
    void punctuate() {
      for (CapturedPunctuator punctuator : context.scheduledPunctuators()) {
        if (!punctuator.cancelled()) {
          punctuator.getPunctuator().punctuate(START);
        }
      }
    }

    List<byte[]> forwarded(String child) {
      return keyed(child).stream().map(Keyed::value).toList();
    }

    List<Keyed> keyed(String child) {
      List<CapturedForward<? extends byte[], ? extends byte[]>> all = new ArrayList<>(forwards);
      all.addAll(context.forwarded());
      return all.stream()
          .filter(forward -> forward.childName().filter(child::equals).isPresent())
          .map(forward -> new Keyed(forward.record().key(), forward.record().value()))
          .toList();
    }

    void forget() {
      forwards.clear();
      context.resetForwards();
    }
  }
}
