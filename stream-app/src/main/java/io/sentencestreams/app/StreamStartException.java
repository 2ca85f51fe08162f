package io.sentencestreams.app;

import java.util.List;

/** The cluster or this machine lacks what the configuration asks for. */
public final class StreamStartException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** One sentence for each thing that is wrong. */
  public StreamStartException(List<String> problems) {
    super(String.join("\n", problems));
  }
}
