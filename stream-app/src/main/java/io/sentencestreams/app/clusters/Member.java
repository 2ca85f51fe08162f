package io.sentencestreams.app.clusters;

import io.sentencestreams.app.window.WindowText;
import io.sentencestreams.model.clustering.online.MacroStep;
import io.sentencestreams.model.clustering.online.Placed;
import java.util.Set;

/**
 * A text that the store of members has.
 *
 * @param text with the cluster that it was told when it came
 * @param microCluster that it went to; {@link #NONE} for an embedding that cannot be compared
 * @param arrival number of the cluster that it was told, or {@link Placed#NOISE}
 */
record Member(ClusteredText text, long microCluster, long arrival) {
  /** No micro-cluster has this id. */
  static final long NONE = 0;

  static Member of(EmbeddedText text, Long microCluster, Placed placed) {
    return new Member(
        new ClusteredText(
            text.id(),
            new WindowText.Source(text.topic(), text.partition(), text.offset()),
            text.time(),
            text.modelVersion(),
            text.text(),
            null,
            placed.provisional(),
            placed.similarity()),
        microCluster == null ? NONE : microCluster,
        placed.cluster());
  }

  /** Number of the cluster that it is in after a step. */
  long cluster(MacroStep step) {
    Long cluster = step.assignments().get(microCluster);
    return cluster != null ? cluster : step.provisional().getOrDefault(microCluster, arrival);
  }

  /**
   * The text as it is after a step.
   *
   * @param published the step's clusters
   */
  ClusteredText after(MacroStep step, Set<Long> published) {
    long cluster = cluster(step);
    boolean isProvisional = step.provisional().containsKey(microCluster) || text.provisional();
    return new ClusteredText(
        text.id(),
        text.source(),
        text.eventTime(),
        text.modelVersion(),
        text.text(),
        cluster == Placed.NOISE ? null : ClusterKeys.clusterId(text.modelVersion(), cluster),
        cluster != Placed.NOISE && !published.contains(cluster) && isProvisional,
        text.similarity());
  }
}
