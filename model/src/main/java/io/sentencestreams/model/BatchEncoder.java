package io.sentencestreams.model;

import java.util.List;

/**
 * The two steps of encoding, apart: what a micro-batcher needs in order to form its own batches.
 *
 * <p>Thread-safe: {@link #tokenize} may run while {@link #encodeBatch} does, and {@code
 * encodeBatch} may run at once on different replicas.
 */
public interface BatchEncoder extends AutoCloseable {
  /** The model's name, as a person knows it. */
  String modelName();

  /**
   * Identifies what the vectors are comparable with: a digest of weights, tokenizer and
   * configuration, and the precision of the arithmetic.
   */
  String modelVersion();

  /** Length of an embedding. */
  int dimension();

  /** The most tokens that one text can have; longer texts are truncated. */
  int maxSequenceLength();

  /** How many batches can be encoded at once: one per GPU, or one per core of a CPU. */
  int replicas();

  /**
   * Whether a batch is best of texts of like lengths. Where it is not, it is best of all lengths:
   * short texts then take the places that long ones leave.
   */
  default boolean wantsLikeLengths() {
    return true;
  }

  /**
   * Tokenizes texts, truncating each at {@link #maxSequenceLength}; results are in the order given.
   */
  List<TokenizedText> tokenize(List<String> texts);

  /**
   * Encodes one batch in one call.
   *
   * @param batch at least one text; any lengths, any order
   * @param replica from 0 to {@code replicas() - 1}
   * @return one row of {@link #dimension} floats for each text, in the order given; a row may hold
   *     non-finite values if the weights do
   * @throws EncoderException if the device fails
   * @throws EncoderClosedException if the encoder was closed or the process is exiting
   */
  float[][] encodeBatch(List<TokenizedText> batch, int replica);

  /** Frees the weights. No other method may be called afterwards. */
  @Override
  void close();
}
