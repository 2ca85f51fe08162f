package io.sentencestreams.model.internal;

import io.sentencestreams.model.TokenizedText;
import java.util.List;

/**
 * A model's weights on one device. Owns native memory. Thread-safe; {@link #close} must not run
 * while a batch does.
 */
public interface Replica extends AutoCloseable {
  /**
   * Encodes a batch.
   *
   * @param threads threads that an operator may use, on a CPU
   * @return one embedding for each text, in the order given
   */
  float[][] encode(List<TokenizedText> batch, int threads);

  /** Whether a batch is best of texts of like lengths. */
  default boolean wantsLikeLengths() {
    return true;
  }

  @Override
  void close();
}
