package io.sentencestreams.app.clusters;

import io.sentencestreams.model.clustering.online.MacroClusters;
import io.sentencestreams.model.clustering.online.MacroStep;
import io.sentencestreams.model.clustering.online.MicroSummary;
import io.sentencestreams.schemas.ClusterRecord;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.Serializer;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.processor.Cancellable;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * Makes clusters of the micro-clusters of all partitions: collects what they tell, has a macro step
 * done now and then, writes what it changed to the topic of clusters, and sends the clusters back
 * to the partitions.
 *
 * <p>While a step is under way on its own thread, that thread alone touches the {@link
 * MacroClusters}. The result is taken up by the stream thread: state, output and what the
 * partitions get are one transaction.
 */
final class MacroProcessor implements Processor<byte[], byte[], byte[], byte[]> {
  /** How often it is looked whether a step is done. */
  private static final Duration LOOK = Duration.ofMillis(50);

  /**
   * How many times as long as a step has taken there is none: it uses a fifth of a core at most.
   */
  private static final int REST = 4;

  /** A record of the internal topic and of changelogs may not be large. */
  private static final int PART_BYTES = 64 << 10;

  /** Before any text that waits: what is known last shall be used first. */
  private static final long FIRST = 0;

  private final ClusterSettings settings;
  private final ClustersMetrics metrics;
  private ProcessorContext<byte[], byte[]> context;
  private KeyValueStore<byte[], byte[]> summaries;
  private KeyValueStore<String, byte[]> states;
  private ClusterPublisher publisher;
  private Serializer<ClusterRecord> serializer;
  private SortedMap<String, MacroVersion> versions;
  private Cancellable punctuator;
  private CompletableFuture<Result> step; // null while none is under way
  private boolean changed;
  private Duration rest;

  MacroProcessor(ClusterSettings settings, ClustersMetrics metrics) {
    this.settings = settings;
    this.metrics = metrics;
  }

  private record Result(Map<String, MacroStep> steps, double millis) {}

  @Override
  public void init(ProcessorContext<byte[], byte[]> newContext) {
    context = newContext;
    summaries = context.getStateStore(ClustersTopology.SUMMARIES_STORE);
    states = context.getStateStore(ClustersTopology.STATES_STORE);
    publisher =
        new ClusterPublisher(
            context.getStateStore(ClustersTopology.CLUSTERS_STORE),
            context.getStateStore(ClustersTopology.ENDS_STORE),
            settings.rememberedMillis(),
            this::forward);
    serializer = settings.clusters().get();
    restore();
    settings.runningMacro().opened(context.taskId().partition(), this);
    // Nobody knows whether the lost task had a step under way.
    changed = !versions.isEmpty();
    rest = settings.interval();
    ensurePunctuator();
  }

  private void restore() {
    versions = new TreeMap<>();
    try (KeyValueIterator<byte[], byte[]> all = summaries.all()) {
      while (all.hasNext()) {
        KeyValue<byte[], byte[]> entry = all.next();
        version(ClusterKeys.modelVersion(entry.key))
            .restore(ClusterKeys.number(entry.key), entry.value);
      }
    }
    try (KeyValueIterator<String, byte[]> all = states.all()) {
      while (all.hasNext()) {
        KeyValue<String, byte[]> entry = all.next();
        version(entry.key).decode(entry.value, settings.macro());
      }
    }
    countClusters();
  }

  private MacroVersion version(String modelVersion) {
    return versions.computeIfAbsent(modelVersion, key -> new MacroVersion(settings.macro()));
  }

  @Override
  public void close() {
    // A step that is under way is dropped with what it was done on.
    step = null;
    versions = null;
    cancel();
    if (serializer != null) {
      serializer.close();
      serializer = null;
    }
    if (context != null) {
      settings.runningMacro().closed(context.taskId().partition(), this);
      metrics.closed(context.taskId());
    }
  }

  @Override
  public void process(Record<byte[], byte[]> record) {
    MicroOutput news = ClusterCodec.decodeOutput(record.value());
    MacroVersion version = version(news.modelVersion());
    if (news instanceof MicroOutput.Summary summary) {
      if (!version.add(MicroSummary.fromBytes(summary.bytes()))) {
        metrics.incomparable();
        return;
      }
      summaries.put(ClusterKeys.of(summary.modelVersion(), summary.id()), summary.bytes());
    } else if (news instanceof MicroOutput.Living living) {
      for (long gone : version.retain(living)) {
        summaries.delete(ClusterKeys.of(living.modelVersion(), gone));
      }
      summaries.put(
          ClusterKeys.of(living.modelVersion(), PartitionIds.floor(living.partition())),
          ByteBuffer.allocate(Long.BYTES).putLong(living.now()).array());
    }
    changed = true;
    ensurePunctuator();
  }

  private void ensurePunctuator() {
    if (punctuator == null && (changed || step != null)) {
      Duration pause = step == null ? rest : LOOK;
      punctuator = context.schedule(pause, PunctuationType.WALL_CLOCK_TIME, this::punctuate);
    }
  }

  private void cancel() {
    if (punctuator != null) {
      punctuator.cancel();
      punctuator = null;
    }
  }

  private void punctuate(long now) {
    cancel();
    if (step == null) {
      changed = false;
      step = CompletableFuture.supplyAsync(work(), settings.steps());
    }
    if (step.isDone()) {
      Result result = step.join(); // its failure is the task's
      step = null;
      metrics.step(result.millis());
      rest = longer(settings.interval(), Duration.ofMillis((long) (REST * result.millis())));
      result.steps().forEach(this::take);
      countClusters();
    }
    ensurePunctuator();
  }

  private static Duration longer(Duration a, Duration b) {
    return a.compareTo(b) > 0 ? a : b;
  }

  /** A step on what is known now, of all versions: those that get no texts any more fade. */
  private Supplier<Result> work() {
    long time = time();
    Map<String, List<MicroSummary>> inputs = new TreeMap<>();
    Map<String, MacroClusters> clusters = new HashMap<>();
    versions.forEach(
        (modelVersion, version) -> {
          inputs.put(modelVersion, version.summaries());
          clusters.put(modelVersion, version.clusters());
        });
    return () -> {
      long start = System.nanoTime();
      Map<String, MacroStep> steps = new TreeMap<>();
      inputs.forEach(
          (modelVersion, all) ->
              steps.put(modelVersion, clusters.get(modelVersion).step(time, all)));
      return new Result(steps, (System.nanoTime() - start) / 1e6);
    };
  }

  /**
   * Event time of the stream: as far as any partition has come. Each one's clock is a median, and
   * believes no time far ahead of the wall clock's; a partition that is quiet holds nothing up.
   */
  private long time() {
    return versions.values().stream()
        .flatMap(version -> version.clocks().values().stream())
        .mapToLong(Long::longValue)
        .max()
        .orElse(0);
  }

  private void take(String modelVersion, MacroStep result) {
    MacroVersion version = versions.get(modelVersion);
    long number = version.stepped(result.clusters().size());
    publisher.publish(modelVersion, result);
    if (version.isGone()) {
      forget(modelVersion, version);
      return;
    }
    states.put(modelVersion, version.encode());
    for (int partition = 0; partition < settings.partitions(); partition++) {
      byte[] bytes = ClusterCodec.encode(result, partition);
      int count = (bytes.length + PART_BYTES - 1) / PART_BYTES;
      for (int i = 0; i < count; i++) {
        int end = Math.min(bytes.length, (i + 1) * PART_BYTES);
        byte[] part = Arrays.copyOfRange(bytes, i * PART_BYTES, end);
        send(partition, new ModelPart(modelVersion, number, i, count, part));
      }
    }
  }

  /** A version that no partition remembers. */
  private void forget(String modelVersion, MacroVersion version) {
    for (int partition : new ArrayList<>(version.clocks().keySet())) {
      summaries.delete(ClusterKeys.of(modelVersion, PartitionIds.floor(partition)));
    }
    states.delete(modelVersion);
    versions.remove(modelVersion);
    for (int partition = 0; partition < settings.partitions(); partition++) {
      send(partition, new ModelPart(modelVersion, 0, 0, 0, new byte[0]));
    }
  }

  private void send(int partition, ModelPart part) {
    byte[] target = ByteBuffer.allocate(Integer.BYTES).putInt(partition).array();
    context.forward(
        new Record<>(target, ClusterCodec.encode(part), FIRST, new RecordHeaders()),
        ClustersTopology.TO_PARTITIONS);
  }

  private void forward(byte[] id, ClusterRecord cluster, long time) {
    metrics.change();
    RecordHeaders headers = new RecordHeaders();
    byte[] value = serializer.serialize(settings.clustersTopic(), headers, cluster);
    // A broker refuses records from the future; the value has the time itself.
    long stamp = Math.max(0, Math.min(time, context.currentSystemTimeMs()));
    context.forward(new Record<>(id, value, stamp, headers), ClustersTopology.CLUSTERS);
  }

  private void countClusters() {
    metrics.clusters(
        context.taskId(), versions.values().stream().mapToInt(MacroVersion::living).sum());
  }
}
