package io.sentencestreams.app.clusters;

import io.sentencestreams.model.clustering.online.Placed;
import io.sentencestreams.schemas.ClusterAssignmentRecord;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.Serializer;
import org.apache.kafka.streams.processor.Cancellable;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;

/**
 * Puts each text of a partition into its micro-clusters, tells its cluster, and tells the macro
 * step now and then what has changed.
 */
final class MicroProcessor implements Processor<byte[], byte[], byte[], byte[]> {
  private final ClusterSettings settings;
  private final ClustersMetrics metrics;
  private ProcessorContext<byte[], byte[]> context;
  private PartitionClusters clusters;
  private PartitionModels models;
  private Members members;
  private Serializer<ClusterAssignmentRecord> serializer;
  private Cancellable punctuator;

  MicroProcessor(ClusterSettings settings, ClustersMetrics metrics) {
    this.settings = settings;
    this.metrics = metrics;
  }

  @Override
  public void init(ProcessorContext<byte[], byte[]> newContext) {
    context = newContext;
    clusters =
        new PartitionClusters(
            settings,
            context.taskId().partition(),
            context.getStateStore(ClustersTopology.MICRO_STORE));
    models = new PartitionModels(context.getStateStore(ClustersTopology.MODELS_STORE));
    members =
        new Members(
            context.getStateStore(ClustersTopology.MEMBERS_STORE), settings.membersMillis());
    settings.running().opened(context.taskId().partition(), this);
    metrics.microClusters(context.taskId(), clusters.size());
    serializer = settings.assignments().get();
    ensurePunctuator();
  }

  @Override
  public void close() {
    if (punctuator != null) {
      punctuator.cancel();
      punctuator = null;
    }
    if (serializer != null) {
      serializer.close();
      serializer = null;
    }
    if (context != null) {
      settings.running().closed(context.taskId().partition(), this);
      metrics.closed(context.taskId());
    }
  }

  @Override
  public void process(Record<byte[], byte[]> record) {
    MicroInput input = ClusterCodec.decodeInput(record.value());
    if (input instanceof ModelPart part) {
      models.add(part);
    } else if (input instanceof EmbeddedText text) {
      forward(record, assign(text));
      ensurePunctuator();
    }
  }

  private ClusterAssignmentRecord assign(EmbeddedText text) {
    // A clock that is ahead must not age what is there; the record keeps its own time.
    long believed =
        Math.min(text.time(), context.currentSystemTimeMs() + settings.micro().maxAhead());
    Long microCluster = null;
    Placed placed = new Placed(Placed.NOISE, 0, false);
    if (isZero(text.vector()) || !clusters.isComparable(text)) {
      metrics.incomparable();
    } else {
      PartitionClusters.Clustered clustered = clusters.add(text, believed, models);
      microCluster = clustered.microCluster();
      placed = clustered.placed();
      metrics.microClusters(context.taskId(), clusters.size());
    }
    if (placed.isNoise()) {
      metrics.noise();
    } else {
      metrics.placed();
    }
    members.add(Member.of(text, microCluster, placed), believed, clusters.now());
    return assignment(text, microCluster, placed);
  }

  private static boolean isZero(float[] vector) {
    for (float value : vector) {
      if (value != 0) {
        return false;
      }
    }
    return true;
  }

  private static ClusterAssignmentRecord assignment(
      EmbeddedText text, Long microCluster, Placed placed) {
    return new ClusterAssignmentRecord(
        text.id(),
        text.topic(),
        text.partition(),
        text.offset(),
        text.time(),
        placed.isNoise() ? null : ClusterKeys.clusterId(text.modelVersion(), placed.cluster()),
        placed.provisional(),
        placed.similarity(),
        text.modelVersion(),
        microCluster);
  }

  private void forward(Record<byte[], byte[]> record, ClusterAssignmentRecord assignment) {
    if (settings.assignmentsTopic() == null) {
      return;
    }
    RecordHeaders headers = new RecordHeaders();
    byte[] value = serializer.serialize(settings.assignmentsTopic(), headers, assignment);
    context.forward(
        new Record<>(record.key(), value, record.timestamp(), headers),
        ClustersTopology.ASSIGNMENTS);
  }

  private void punctuate(long now) {
    clusters.tell(
        news -> {
          byte[] value;
          if (news instanceof MicroOutput.Summary summary) {
            metrics.summary();
            value = ClusterCodec.encode(summary);
          } else {
            value = ClusterCodec.encode((MicroOutput.Living) news);
          }
          context.forward(
              new Record<>(null, value, now, new RecordHeaders()), ClustersTopology.TO_MACRO);
        });
    metrics.microClusters(context.taskId(), clusters.size());
    // Each punctuation makes its task commit; an idle task is to be left alone.
    punctuator.cancel();
    punctuator = null;
  }

  private void ensurePunctuator() {
    if (punctuator == null && clusters.hasNews()) {
      punctuator =
          context.schedule(settings.interval(), PunctuationType.WALL_CLOCK_TIME, this::punctuate);
    }
  }
}
