package io.sentencestreams.model.training;

import io.sentencestreams.model.checkpoint.TransformerConfig;

/**
 * What is left out of a forward pass at random (Srivastava et al. 2014).
 *
 * @param hidden share of the states of embeddings and layers, from 0 to below 1
 * @param attention share of the attention weights
 * @param seed decides which; the same seed with the same batch leaves out the same
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

  /** The shares that a model's configuration names. */
  public static Dropout of(TransformerConfig config, long seed) {
    return new Dropout(config.hiddenDropout(), config.attentionDropout(), seed);
  }
}
