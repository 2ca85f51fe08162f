package io.sentencestreams.trainer.optimization;

/** How the learning rate changes in the course of a run; each rises linearly at first. */
public enum LearningRateSchedule {
  /** Falls linearly to 0 at the end. */
  LINEAR,
  /** Falls to 0 at the end along half a cosine. */
  COSINE,
  /** Stays. */
  CONSTANT;

  /**
   * The share of the full rate at a step.
   *
   * @param step from 0
   * @param warmup steps until the full rate
   * @param total steps of the run
   */
  public double factor(long step, long warmup, long total) {
    if (step < warmup) {
      return (double) step / Math.max(1, warmup);
    }
    double progress = (double) (step - warmup) / Math.max(1, total - warmup);
    return switch (this) {
      case LINEAR -> Math.max(0, 1 - progress);
      case COSINE -> Math.max(0, 0.5 * (1 + Math.cos(Math.PI * progress)));
      case CONSTANT -> 1;
    };
  }
}
