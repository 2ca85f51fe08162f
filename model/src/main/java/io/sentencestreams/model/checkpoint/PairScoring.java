package io.sentencestreams.model.checkpoint;

import java.util.List;

/**
 * What a cross-encoder makes of a pair of texts.
 *
 * @param labels a name for each of the numbers that it gives; one for a score
 * @param activation what these numbers go through
 * @param tokenTypes whether the model is told which tokens are of which text
 */
public record PairScoring(List<String> labels, Activation activation, boolean tokenTypes) {
  public PairScoring {
    labels = List.copyOf(labels);
  }
}
