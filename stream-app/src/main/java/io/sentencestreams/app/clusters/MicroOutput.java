package io.sentencestreams.app.clusters;

/** What the micro-clusters of a partition tell the macro step. */
sealed interface MicroOutput {
  /** Version of the model that it is about. */
  String modelVersion();

  /**
   * A micro-cluster as it is now.
   *
   * @param id never given twice, in any partition
   * @param bytes its summary
   */
  @SuppressWarnings("ArrayRecordComponent") // a message, never compared
  record Summary(String modelVersion, long id, byte[] bytes) implements MicroOutput {}

  /**
   * The end of what a partition tells at one time: which of its micro-clusters live, and how far
   * event time has come in it.
   *
   * @param ids in ascending order; none where the partition has forgotten the version
   */
  @SuppressWarnings("ArrayRecordComponent") // a message, never compared
  record Living(String modelVersion, int partition, long now, long[] ids) implements MicroOutput {}
}
