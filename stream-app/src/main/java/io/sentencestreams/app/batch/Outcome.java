package io.sentencestreams.app.batch;

/** What became of a submitted text. */
public sealed interface Outcome {
  /**
   * The text was encoded.
   *
   * @param vector the embedding, of the model's dimension, all values finite
   * @param model name of the model that made it
   * @param modelVersion version of the model that made it
   * @param tokens how many tokens of the text were encoded, special tokens included
   * @param truncated whether the text had more tokens than the model takes
   */
  record Encoded(float[] vector, String model, String modelVersion, int tokens, boolean truncated)
      implements Outcome {}

  /**
   * The encoder fails on this text and on this text only: a known-good text encodes.
   *
   * @param reason what the encoder said
   */
  record Rejected(RuntimeException reason) implements Outcome {}
}
