package io.sentencestreams.app;

import java.util.List;

/** The cluster does not have what the configuration names. */
public final class StreamStartException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** One sentence for each thing that is wrong. */
  StreamStartException(List<String> problems) {
    super(String.join("\n", problems));
  }
}
