package io.sentencestreams.model.clustering.online;

import java.util.Map;
import java.util.Optional;

/**
 * Online clustering in one process: micro-clusters of one partition and the macro step, which runs
 * after every so many records. Not thread-safe.
 */
public final class OnlineClusterer {
  private final MicroClusters micro;
  private final MacroClusters macro;
  private final int every;
  private long records;
  private Map<Long, Long> assignments = Map.of();
  private MacroStep last;

  /**
   * Without any record yet.
   *
   * @param every records between two macro steps, at least 1
   */
  public OnlineClusterer(
      MicroClusterOptions microOptions, MacroOptions macroOptions, int dimension, int every) {
    if (every < 1) {
      throw new IllegalArgumentException("every must be at least 1, not " + every);
    }
    this.micro = new MicroClusters(microOptions, dimension, 0);
    this.macro = new MacroClusters(macroOptions);
    this.every = every;
  }

  /**
   * A record's place.
   *
   * @param cluster its id; 0 is noise: nothing is known yet that it belongs to
   * @param similarity to the micro-cluster's centroid
   * @param microCluster the micro-cluster
   */
  public record Placed(long cluster, float similarity, long microCluster) {
    /** Whether no cluster is known for the record. */
    public boolean isNoise() {
      return cluster == 0;
    }
  }

  /**
   * Places a record by what was known before it came, and learns from it.
   *
   * @throws IllegalArgumentException if the vector is of another dimension, zero or not finite
   */
  public Placed add(long time, float[] vector, String id, String text) {
    Assignment assignment = micro.add(time, vector, id, text);
    long cluster = assignments.getOrDefault(assignment.microCluster(), 0L);
    if (++records % every == 0) {
      step();
    }
    return new Placed(cluster, assignment.similarity(), assignment.microCluster());
  }

  /** A macro step now. */
  public MacroStep step() {
    last = macro.step(micro.now(), micro.summaries(micro.now()));
    assignments = last.assignments();
    return last;
  }

  /** The latest macro step. */
  public Optional<MacroStep> last() {
    return Optional.ofNullable(last);
  }
}
