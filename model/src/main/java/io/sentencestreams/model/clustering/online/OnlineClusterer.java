package io.sentencestreams.model.clustering.online;

import java.util.Optional;

/**
 * Online clustering in one process: the micro-clusters of one partition, and a macro step after
 * every so many records. Not thread-safe.
 */
public final class OnlineClusterer {
  private final MicroClusters micro;
  private final MacroClusters macro;
  private final int dimension;
  private final int every;
  private long records;
  private ClusterModel model;
  private MacroStep last;

  /**
   * Without any record yet.
   *
   * @param dimension of the vectors
   * @param every records between two macro steps, at least 1
   */
  public OnlineClusterer(
      MicroClusterOptions microOptions, MacroOptions macroOptions, int dimension, int every) {
    if (every < 1) {
      throw new IllegalArgumentException("every must be at least 1, not " + every);
    }
    this.micro = new MicroClusters(microOptions, dimension, 0);
    this.macro = new MacroClusters(macroOptions);
    this.dimension = dimension;
    this.every = every;
    this.model = new ClusterModel(MacroStep.NOTHING, dimension);
  }

  /**
   * Places a record by the clusters that were known before it came, and learns from it.
   *
   * @throws IllegalArgumentException if the vector is of another dimension, zero or not finite
   */
  public Placed add(long time, float[] vector, String id, String text) {
    Assignment assignment = micro.add(time, vector, id, text, model.newest());
    Placed placed = model.place(vector, assignment);
    micro.place(assignment, placed);
    if (++records % every == 0) {
      step();
    }
    return placed;
  }

  /**
   * Where a vector belongs by the latest clusters; nothing is learned from it.
   *
   * @throws IllegalArgumentException if the vector is of another dimension, zero or not finite
   */
  public Placed place(float[] vector) {
    return model.place(vector, micro.neighbours(vector));
  }

  /** A macro step now. */
  public MacroStep step() {
    last = macro.step(micro.now(), micro.summaries(micro.now()));
    model = new ClusterModel(last, dimension);
    return last;
  }

  /** The latest macro step, empty before the first. */
  public Optional<MacroStep> last() {
    return Optional.ofNullable(last);
  }
}
