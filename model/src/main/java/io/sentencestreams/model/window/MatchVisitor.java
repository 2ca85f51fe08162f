package io.sentencestreams.model.window;

/** Receives what a search of a {@link VectorWindow} finds, in no order. */
@FunctionalInterface
public interface MatchVisitor {
  /**
   * A vector of the window that is similar enough.
   *
   * @param handle as it was added
   * @param time as it was added, in milliseconds
   * @param similarity cosine
   * @return whether the search goes on
   */
  boolean match(long handle, long time, float similarity);
}
