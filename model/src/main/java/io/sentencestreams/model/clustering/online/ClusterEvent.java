package io.sentencestreams.model.clustering.online;

/** What happened to a cluster in a macro step. */
public sealed interface ClusterEvent {
  /** The cluster in question. */
  long cluster();

  /** It is new. */
  record Appeared(long cluster) implements ClusterEvent {}

  /** It is new, of records that were another's. */
  record SplitFrom(long cluster, long parent) implements ClusterEvent {}

  /** It is no more: most of it went into another. */
  record MergedInto(long cluster, long into) implements ClusterEvent {}

  /** It is no more: too little of it is left. */
  record Faded(long cluster) implements ClusterEvent {}
}
