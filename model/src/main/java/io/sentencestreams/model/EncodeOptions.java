package io.sentencestreams.model;

/**
 * How a list of texts is encoded.
 *
 * @param batchTokens the most tokens in one batch; a single longer text is a batch of its own
 * @param normalize whether to scale embeddings to unit length even if the model does not
 * @param progress told of texts done
 */
public record EncodeOptions(int batchTokens, boolean normalize, Progress progress) {
  /** Batches of 4096 tokens, the model's own normalization, and nobody is told of progress. */
  public static final EncodeOptions DEFAULT = new EncodeOptions(4096, false, (done, total) -> {});

  public EncodeOptions {
    if (batchTokens < 1) {
      throw new IllegalArgumentException("batchTokens must be at least 1, not " + batchTokens);
    }
  }

  /** Told how far the encoding of a list has come; calls do not overlap. */
  @FunctionalInterface
  public interface Progress {
    /** Called after each batch with the number of texts encoded, and of texts in all. */
    void encoded(int done, int total);
  }

  /** The same with this many tokens in a batch. */
  public EncodeOptions withBatchTokens(int tokens) {
    return new EncodeOptions(tokens, normalize, progress);
  }

  /** The same, with embeddings scaled to unit length or left as the model gives them. */
  public EncodeOptions withNormalize(boolean unitLength) {
    return new EncodeOptions(batchTokens, unitLength, progress);
  }

  /** The same, telling of progress. */
  public EncodeOptions withProgress(Progress listener) {
    return new EncodeOptions(batchTokens, normalize, listener);
  }
}
