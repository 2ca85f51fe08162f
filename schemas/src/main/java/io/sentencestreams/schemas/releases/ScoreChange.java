package io.sentencestreams.schemas.releases;

/**
 * A score of the model before a run and of the one that it made; higher is better.
 *
 * @param before of the model that was current
 * @param after of the candidate
 */
public record ScoreChange(double before, double after) {
  /** How much better the candidate is. */
  public double gain() {
    return after - before;
  }
}
