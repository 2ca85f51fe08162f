package io.sentencestreams.model;

import java.util.Optional;
import java.util.OptionalInt;

/**
 * How a list of texts is encoded.
 *
 * @param batchTokens the most tokens in one batch; a single longer text is a batch of its own
 * @param normalize whether to scale embeddings to unit length even if the model does not
 * @param progress told of texts done
 * @param promptName of the model's prompt that is put before each text; empty for its default one
 * @param prompt what is put before each text, instead of one of the model's
 * @param truncateDimension length to which embeddings are cut, before they are scaled; empty for
 *     the model's own
 */
public record EncodeOptions(
    int batchTokens,
    boolean normalize,
    Progress progress,
    Optional<String> promptName,
    Optional<String> prompt,
    OptionalInt truncateDimension) {
  /** Batches of 4096 tokens, what the model's configuration says, and nobody told of progress. */
  public static final EncodeOptions DEFAULT =
      new EncodeOptions(
          4096,
          false,
          (done, total) -> {},
          Optional.empty(),
          Optional.empty(),
          OptionalInt.empty());

  public EncodeOptions {
    if (batchTokens < 1) {
      throw new IllegalArgumentException("batchTokens must be at least 1, not " + batchTokens);
    }
    if (truncateDimension.isPresent() && truncateDimension.getAsInt() < 1) {
      throw new IllegalArgumentException(
          "truncateDimension must be at least 1, not " + truncateDimension.getAsInt());
    }
    if (promptName.isPresent() && prompt.isPresent()) {
      throw new IllegalArgumentException("give a prompt or the name of one, not both");
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
    return new EncodeOptions(tokens, normalize, progress, promptName, prompt, truncateDimension);
  }

  /** The same, with embeddings scaled to unit length or left as the model gives them. */
  public EncodeOptions withNormalize(boolean unitLength) {
    return new EncodeOptions(
        batchTokens, unitLength, progress, promptName, prompt, truncateDimension);
  }

  /** The same, telling of progress. */
  public EncodeOptions withProgress(Progress listener) {
    return new EncodeOptions(
        batchTokens, normalize, listener, promptName, prompt, truncateDimension);
  }

  /** The same with a prompt of the model, such as {@code query}. */
  public EncodeOptions withPromptName(String name) {
    return new EncodeOptions(
        batchTokens, normalize, progress, Optional.of(name), Optional.empty(), truncateDimension);
  }

  /** The same with a prompt; an empty one for none, whatever the model's default is. */
  public EncodeOptions withPrompt(String text) {
    return new EncodeOptions(
        batchTokens, normalize, progress, Optional.empty(), Optional.of(text), truncateDimension);
  }

  /** The same with embeddings cut to this length. */
  public EncodeOptions withTruncateDimension(int dimension) {
    return new EncodeOptions(
        batchTokens, normalize, progress, promptName, prompt, OptionalInt.of(dimension));
  }
}
