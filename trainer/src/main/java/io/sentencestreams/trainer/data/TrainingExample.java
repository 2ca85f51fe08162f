package io.sentencestreams.trainer.data;

import java.util.List;

/**
 * Texts that belong together, and what is known of them.
 *
 * @param texts one for each column, such as anchor and positive
 * @param label one number, or a vector where a loss compares with embeddings; empty if there is
 *     none
 */
public record TrainingExample(List<String> texts, float[] label) {
  /** Copies the texts. */
  public TrainingExample {
    texts = List.copyOf(texts);
  }

  /** Without a label. */
  public static TrainingExample of(String... texts) {
    return new TrainingExample(List.of(texts), new float[0]);
  }

  /** With a number as label. */
  public static TrainingExample labelled(double label, String... texts) {
    return new TrainingExample(List.of(texts), new float[] {(float) label});
  }
}
