package io.sentencestreams.model;

/**
 * A text as the encoder sees it.
 *
 * @param ids token ids with the model's special tokens, at most {@code maxSequenceLength} of them
 * @param truncated whether the text had more tokens than the model takes
 * @param promptTokens how many of the first are a prompt's that is not pooled; fewer than all
 */
public record TokenizedText(int[] ids, boolean truncated, int promptTokens) {
  /** A text whose tokens are all its own. */
  public TokenizedText(int[] ids, boolean truncated) {
    this(ids, truncated, 0);
  }

  /** Number of tokens, special tokens included. */
  public int length() {
    return ids.length;
  }
}
