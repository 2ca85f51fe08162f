package io.sentencestreams.model.clustering.online;

/**
 * What a partition's micro-clusters are allowed to take and how fast they forget.
 *
 * @param halfLife time after which a record counts half, in the unit of the records' times (for
 *     event times: milliseconds)
 * @param maxMicroClusters most micro-clusters kept; at the cap the oldest goes, and its nearest
 *     inherits its records if it has one, so that a record costs the same for ever
 * @param maxAhead times further ahead of the clock than this are taken as the clock plus this; the
 *     clock is the median of the last {@value io.sentencestreams.model.window.EventClock#SIZE}
 *     times and does not run backwards, so that a few records from the future age nothing
 * @param representatives most records kept as typical of a micro-cluster
 * @param terms most terms counted for a micro-cluster
 */
public record MicroClusterOptions(
    long halfLife, int maxMicroClusters, long maxAhead, int representatives, int terms) {
  /** A day's half-life on times in milliseconds, 4,096 micro-clusters, an hour ahead at most. */
  public static final MicroClusterOptions DEFAULT =
      new MicroClusterOptions(86_400_000L, 4096, 3_600_000L, 3, 48);

  /**
   * Checks the values.
   *
   * @throws IllegalArgumentException if one is out of range
   */
  public MicroClusterOptions {
    require(halfLife > 0, "halfLife", halfLife);
    require(maxMicroClusters > 1, "maxMicroClusters", maxMicroClusters);
    require(maxAhead >= 0, "maxAhead", maxAhead);
    require(representatives > 0, "representatives", representatives);
    require(terms >= 0, "terms", terms);
  }

  private static void require(boolean holds, String name, long value) {
    if (!holds) {
      throw new IllegalArgumentException(name + " is out of range: " + value);
    }
  }

  /** The same with another half-life. */
  public MicroClusterOptions withHalfLife(long value) {
    return new MicroClusterOptions(value, maxMicroClusters, maxAhead, representatives, terms);
  }

  /** The same with another cap. */
  public MicroClusterOptions withMaxMicroClusters(int value) {
    return new MicroClusterOptions(halfLife, value, maxAhead, representatives, terms);
  }

  /** The same with another limit on times ahead of the clock. */
  public MicroClusterOptions withMaxAhead(long value) {
    return new MicroClusterOptions(halfLife, maxMicroClusters, value, representatives, terms);
  }
}
