package io.sentencestreams.model.checkpoint;

/**
 * How token embeddings become one sentence embedding.
 *
 * <p>The order of the constants is the order in which Sentence Transformers concatenates the
 * vectors of a model that pools in several ways.
 */
public enum PoolingMode {
  /** The embedding of the first token. */
  CLS("cls", "pooling_mode_cls_token"),
  /** The maximum over the tokens, dimension by dimension. */
  MAX("max", "pooling_mode_max_tokens"),
  /** The mean over the tokens. */
  MEAN("mean", "pooling_mode_mean_tokens"),
  /** The sum over the tokens, divided by the square root of their number. */
  MEAN_SQRT_LENGTH("mean_sqrt_len_tokens", "pooling_mode_mean_sqrt_len_tokens"),
  /** The mean weighted by position, first token 1 (SGPT, Muennighoff 2022). */
  WEIGHTED_MEAN("weightedmean", "pooling_mode_weightedmean_tokens"),
  /** The embedding of the last token. */
  LAST_TOKEN("lasttoken", "pooling_mode_lasttoken");

  private final String key;
  private final String flag;

  PoolingMode(String key, String flag) {
    this.key = key;
    this.flag = flag;
  }

  /** The mode's name in the reference's API and, from version 5.4, in its configuration files. */
  public String key() {
    return key;
  }

  /** The boolean that stands for this mode in configuration files up to version 5.3. */
  String flag() {
    return flag;
  }
}
