package io.sentencestreams.model;

/**
 * A text, or a pair of texts, as the encoder sees it.
 *
 * @param ids token ids with the model's special tokens, at most {@code maxSequenceLength} of them
 * @param truncated whether the text had more tokens than the model takes
 * @param promptTokens how many of the first are a prompt's that is not pooled; fewer than all
 * @param secondFrom the first token of a pair's second text, if the model tells the two apart by
 *     their tokens' types; the length where it does not, or there is one text
 */
public record TokenizedText(int[] ids, boolean truncated, int promptTokens, int secondFrom) {
  /** A text whose tokens are all its own. */
  public TokenizedText(int[] ids, boolean truncated) {
    this(ids, truncated, 0);
  }

  /** A text behind a prompt. */
  public TokenizedText(int[] ids, boolean truncated, int promptTokens) {
    this(ids, truncated, promptTokens, ids.length);
  }

  /** Number of tokens, special tokens included. */
  public int length() {
    return ids.length;
  }
}
