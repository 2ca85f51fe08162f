package io.sentencestreams.app.clusters;

import io.sentencestreams.app.config.AppConfig;
import io.sentencestreams.app.topology.RunningPartitions;
import io.sentencestreams.model.clustering.online.MacroOptions;
import io.sentencestreams.model.clustering.online.MicroClusterOptions;
import io.sentencestreams.schemas.ClusterAssignmentSerdes;
import io.sentencestreams.schemas.ClusterSerdes;
import java.util.function.IntSupplier;
import org.apache.kafka.common.metrics.Metrics;

/** Makes the clusters that a configuration asks for. */
public final class ClustersSetup {
  /** Fewer micro-clusters in a partition do not tell its topics apart. */
  private static final int LEAST_IN_PARTITION = 64;

  private ClustersSetup() {}

  /**
   * The clusters, or null where the configuration wants none.
   *
   * @param partitions tells how many partitions the input topics have, the most that one has
   */
  public static ClustersTopology of(AppConfig config, IntSupplier partitions, Metrics metrics) {
    if (config.clustersTopic().isEmpty()) {
      return null;
    }
    int count = partitions.getAsInt();
    long halfLife = config.clustersHalfLife().toMillis();
    ClusterSettings settings =
        new ClusterSettings(
            MicroClusterOptions.DEFAULT
                .withHalfLife(halfLife)
                .withMaxMicroClusters(perPartition(config.clustersMaxMicroClusters(), count)),
            MacroOptions.DEFAULT.withHalfLife(halfLife),
            config.clustersInterval(),
            count,
            config.clustersTopic().get(),
            config.clustersAssignmentsTopic().orElse(null),
            () -> ClusterSerdes.serializer(config.originals()),
            () -> ClusterAssignmentSerdes.serializer(config.originals()),
            config.window().toMillis(),
            new RunningPartitions(),
            new RunningPartitions(),
            ClustersSetup::beside);
    return new ClustersTopology(settings, new ClustersMetrics(metrics));
  }

  /** All partitions share the work of the macro step, which grows with the square of the sum. */
  static int perPartition(int most, int partitions) {
    return Math.max(
        LEAST_IN_PARTITION,
        Math.min(MicroClusterOptions.DEFAULT.maxMicroClusters(), most / partitions));
  }

  /** Steps are seconds apart, so a thread for each costs nothing and has no owner. */
  private static void beside(Runnable step) {
    Thread thread = new Thread(step, "sentence-streams-macro-step");
    thread.setDaemon(true);
    thread.start();
  }
}
