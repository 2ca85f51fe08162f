package io.sentencestreams.app.clusters;

import io.sentencestreams.app.topology.RunningPartitions;
import io.sentencestreams.model.clustering.online.MacroOptions;
import io.sentencestreams.model.clustering.online.MicroClusterOptions;
import io.sentencestreams.schemas.ClusterAssignmentRecord;
import io.sentencestreams.schemas.ClusterRecord;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.apache.kafka.common.serialization.Serializer;

/**
 * What the clusters need to know.
 *
 * @param micro of the micro-clusters of one partition
 * @param macro of the macro step
 * @param interval between two macro steps, by the wall clock
 * @param partitions of the stream, which is how many tasks have micro-clusters
 * @param clustersTopic where clusters go
 * @param assignmentsTopic where the cluster of each text goes, or null
 * @param clusters makes a serializer of clusters, one for each processor
 * @param assignments makes a serializer of texts' clusters, one for each processor
 * @param membersMillis how far in event time a text may be behind and still be known as a member
 * @param running told for which partitions the stores of members are whole
 * @param runningMacro told so for the stores of clusters
 * @param steps where macro steps are done; not a stream thread, which they would hold up
 */
record ClusterSettings(
    MicroClusterOptions micro,
    MacroOptions macro,
    Duration interval,
    int partitions,
    String clustersTopic,
    String assignmentsTopic,
    Supplier<Serializer<ClusterRecord>> clusters,
    Supplier<Serializer<ClusterAssignmentRecord>> assignments,
    long membersMillis,
    RunningPartitions running,
    RunningPartitions runningMacro,
    Executor steps) {
  /**
   * After so many half-lives a model version is forgotten: a million texts weigh less than one by
   * then.
   */
  private static final int FORGOTTEN = 20;

  /** For so many half-lives a reader of the topic can see how a cluster ended. */
  private static final int REMEMBERED = 7;

  /** Event time after which a model version without new texts is forgotten, in milliseconds. */
  long forgottenMillis() {
    return multiple(FORGOTTEN);
  }

  /** Event time for which a cluster that has ended stays on the topic, in milliseconds. */
  long rememberedMillis() {
    return multiple(REMEMBERED);
  }

  private long multiple(int halfLives) {
    return Math.min(micro.halfLife(), Long.MAX_VALUE / 64) * halfLives;
  }
}
