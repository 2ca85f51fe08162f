package io.sentencestreams.app.clusters;

/** Micro-clusters' ids, which have their partition in them. */
final class PartitionIds {
  // As MicroClusters gives them out.
  private static final int SHIFT = 40;

  private PartitionIds() {}

  static int partition(long microCluster) {
    return (int) (microCluster >> SHIFT);
  }

  /** Below all ids of a partition, and above those of the one before. */
  static long floor(int partition) {
    return (long) partition << SHIFT;
  }
}
