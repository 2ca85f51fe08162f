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
   * @param older what the model before made of it, while that is wanted and works, else null
   */
  record Encoded(
      float[] vector, String model, String modelVersion, int tokens, boolean truncated, Older older)
      implements Outcome {
    /** What one model made of a text. */
    public Encoded(
        float[] vector, String model, String modelVersion, int tokens, boolean truncated) {
      this(vector, model, modelVersion, tokens, truncated, null);
    }

    /** The versions of both models in one. */
    String versions() {
      return older == null ? modelVersion : versions(modelVersion, older.modelVersion());
    }

    static String versions(String modelVersion, String olderVersion) {
      return olderVersion == null ? modelVersion : modelVersion + " " + olderVersion;
    }
  }

  /**
   * An embedding by the model before.
   *
   * @param vector of the same dimension, all values finite
   * @param modelVersion version of that model
   */
  record Older(float[] vector, String modelVersion) {}

  /**
   * The encoder fails on this text and on this text only: a known-good text encodes.
   *
   * @param reason what the encoder said
   */
  record Rejected(RuntimeException reason) implements Outcome {}
}
