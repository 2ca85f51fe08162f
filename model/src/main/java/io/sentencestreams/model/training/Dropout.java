package io.sentencestreams.model.training;

import io.sentencestreams.model.checkpoint.Checkpoint;
import io.sentencestreams.model.checkpoint.TransformerConfig;

/**
 * What is left out of a forward pass at random (Srivastava et al. 2014). The shares here are those
 * of a transformer; other modules have their own, which count unless nothing is left out at all:
 * {@link #NONE}.
 *
 * @param hidden share of the states of embeddings and layers, from 0 to below 1; it is rounded to a
 *     multiple of 2^-16 below 1
 * @param attention share of the attention weights, likewise
 * @param seed decides which; the same seed with the same batch and the same number of threads, each
 *     of whose lanes draws for its own part of the batch, leaves out the same
 */
public record Dropout(double hidden, double attention, long seed) {
  /** Leaves out nothing. */
  public static final Dropout NONE = new Dropout(0, 0, 0);

  /** Checks the shares. */
  public Dropout {
    if (!(hidden >= 0 && hidden < 1 && attention >= 0 && attention < 1)) {
      throw new IllegalArgumentException(
          "dropout must be at least 0 and below 1, not %s and %s".formatted(hidden, attention));
    }
  }

  /** The shares that a model's transformer names, if it has one. */
  public static Dropout of(Checkpoint checkpoint, long seed) {
    if (!checkpoint.hasTransformer()) {
      return new Dropout(0, 0, seed);
    }
    TransformerConfig config = checkpoint.config();
    return new Dropout(config.hiddenDropout(), config.attentionDropout(), seed);
  }
}
