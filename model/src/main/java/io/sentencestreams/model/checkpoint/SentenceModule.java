package io.sentencestreams.model.checkpoint;

import java.nio.file.Path;
import java.util.List;

/** One step between a text and its embedding, in the order of {@code modules.json}. */
public sealed interface SentenceModule {
  /**
   * Token ids to token embeddings.
   *
   * @param directory where {@code config.json} and the weights lie
   * @param maxSequenceLength the most tokens of a text, special tokens included
   * @param lowerCase whether texts are lower-cased before they are tokenized
   */
  record Transformer(Path directory, int maxSequenceLength, boolean lowerCase)
      implements SentenceModule {}

  /**
   * Token embeddings to one embedding.
   *
   * @param modes at least one, in the order in which their vectors are concatenated
   * @param dimension length of a token embedding; the result is {@code modes.size()} times as long
   * @param includePrompt whether the tokens of a prompt count
   */
  record Pooling(List<PoolingMode> modes, int dimension, boolean includePrompt)
      implements SentenceModule {
    public Pooling {
      modes = List.copyOf(modes);
      if (modes.isEmpty()) {
        throw new IllegalArgumentException("a pooling module needs at least one mode");
      }
    }
  }

  /** Scales the embedding to unit length. */
  record Normalize() implements SentenceModule {}
}
