package io.sentencestreams.model.clustering.online;

/** Exponential fading by event time. */
final class Decay {
  private Decay() {}

  /**
   * What a weight of one at a time is worth later: {@code 2^(-(now - then) / halfLife)}.
   *
   * @return in (0, 1]; 1 if {@code now} is not later
   */
  static double factor(long then, long now, long halfLife) {
    // As doubles: the difference of two times may not fit a long.
    return now <= then ? 1 : Math.pow(2, -((double) now - (double) then) / halfLife);
  }
}
