package io.sentencestreams.model.internal;

import io.sentencestreams.model.checkpoint.Checkpoint;
import io.sentencestreams.model.checkpoint.TransformerConfig;
import java.util.OptionalInt;

/** How long a text may be, in tokens, special ones included. */
public final class SequenceLength {
  /** Two special tokens and one of the text. */
  private static final int SHORTEST = 3;

  /** Up to four special tokens and one of each text. */
  private static final int SHORTEST_PAIR = 6;

  private SequenceLength() {}

  /** The positions that a model has for tokens: RoBERTa's tables begin with two others. */
  public static int positions(Checkpoint checkpoint) {
    if (!checkpoint.hasTransformer() || checkpoint.config().maxPositionEmbeddings() == 0) {
      return Integer.MAX_VALUE;
    }
    TransformerConfig config = checkpoint.config();
    return config.maxPositionEmbeddings() - BertParameters.firstPosition(config);
  }

  /**
   * The length at which texts are cut.
   *
   * @param wanted empty for the checkpoint's own, as far as the model has positions
   * @throws IllegalArgumentException if the one wanted is less than a text needs or more than the
   *     model has positions for
   */
  public static int choose(Checkpoint checkpoint, OptionalInt wanted) {
    int positions = positions(checkpoint);
    int shortest =
        !checkpoint.hasTransformer()
            ? 1
            : checkpoint.scoring().isPresent() ? SHORTEST_PAIR : SHORTEST;
    int length = wanted.orElse(Math.min(checkpoint.maxSequenceLength(), positions));
    if (length < shortest) {
      throw new IllegalArgumentException(
          "maxSequenceLength %d leaves no room for a text; at least %d does"
              .formatted(length, shortest));
    }
    if (length > positions) {
      throw new IllegalArgumentException(
          "maxSequenceLength %d is more than the %d positions that %s has"
              .formatted(length, positions, checkpoint.name()));
    }
    return length;
  }
}
