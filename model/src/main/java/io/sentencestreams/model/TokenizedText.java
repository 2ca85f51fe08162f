package io.sentencestreams.model;

/**
 * A text as the encoder sees it.
 *
 * @param ids token ids with the model's special tokens, at most {@code maxSequenceLength} of them
 * @param truncated whether the text had more tokens than the model takes
 */
public record TokenizedText(int[] ids, boolean truncated) {
  /** Number of tokens, special tokens included. */
  public int length() {
    return ids.length;
  }
}
