package io.sentencestreams.trainer;

/** Hears how a run goes, on the thread that trains; what it throws ends the run. */
public interface TrainingListener {
  /** Hears nothing. */
  TrainingListener NONE = new TrainingListener() {};

  /**
   * A step was made.
   *
   * @param step how many were made
   * @param total how many the run has
   * @param loss of the step, the mean over the objectives
   */
  default void stepped(long step, long total, double loss) {}

  /**
   * The model was evaluated.
   *
   * @param best whether no score before was higher
   */
  default void evaluated(long step, double score, boolean best) {}
}
