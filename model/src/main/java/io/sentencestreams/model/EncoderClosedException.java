package io.sentencestreams.model;

/** The encoder was closed, or the process is exiting: it says nothing of the text it was given. */
public final class EncoderClosedException extends IllegalStateException {
  private static final long serialVersionUID = 1L;

  /** Says which of the two it is. */
  public EncoderClosedException(String message) {
    super(message);
  }
}
