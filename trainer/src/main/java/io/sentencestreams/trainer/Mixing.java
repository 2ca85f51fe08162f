package io.sentencestreams.trainer;

/** How the steps of a run are shared out among its objectives. */
public enum Mixing {
  /**
   * Each step is one for every objective in turn; an epoch ends with the shortest of their data
   * sets, and the rest of the others is for the next ones.
   */
  ROUND_ROBIN,
  /**
   * A step is one for a single objective, drawn in proportion to how many its data set has: an
   * epoch is all steps of all data sets, in random order.
   */
  PROPORTIONAL
}
