package io.sentencestreams.model.internal;

import io.sentencestreams.model.checkpoint.Checkpoint;
import io.sentencestreams.model.checkpoint.TransformerConfig;
import java.util.OptionalInt;

/** How long a text may be, in tokens, special ones included. */
public final class SequenceLength {
  /** Two special tokens and one of the text. */
  private static final int SHORTEST = 3;

  private SequenceLength() {}

  /** The positions that a model has for tokens: RoBERTa's tables begin with two others. */
  static int positions(TransformerConfig config) {
    return config.maxPositionEmbeddings() - BertParameters.firstPosition(config);
  }

  /**
   * The length at which texts are cut.
   *
   * @param wanted empty for the checkpoint's own, as far as the model has positions
   * @throws IllegalArgumentException if the one wanted is less than 3 or more than the model has
   *     positions for
   */
  public static int choose(Checkpoint checkpoint, OptionalInt wanted) {
    int positions = positions(checkpoint.config());
    int length = wanted.orElse(Math.min(checkpoint.maxSequenceLength(), positions));
    if (length < SHORTEST) {
      throw new IllegalArgumentException(
          "maxSequenceLength %d leaves no room for a text; at least %d does"
              .formatted(length, SHORTEST));
    }
    if (length > positions) {
      throw new IllegalArgumentException(
          "maxSequenceLength %d is more than the %d positions that %s has"
              .formatted(length, positions, checkpoint.name()));
    }
    return length;
  }
}
