package io.sentencestreams.model;

import java.util.Objects;

/**
 * Two texts that a {@link CrossEncoder} reads together.
 *
 * @param first such as a query
 * @param second such as a passage that may answer it
 */
public record TextPair(String first, String second) {
  public TextPair {
    Objects.requireNonNull(first, "first");
    Objects.requireNonNull(second, "second");
  }
}
