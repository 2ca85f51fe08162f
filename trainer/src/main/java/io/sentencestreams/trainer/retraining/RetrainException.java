package io.sentencestreams.trainer.retraining;

/** The service cannot go on; the message says why and what to do. */
public final class RetrainException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** With what is wrong. */
  public RetrainException(String message) {
    super(message);
  }

  /** With what is wrong and what it came from. */
  public RetrainException(String message, Throwable cause) {
    super(message, cause);
  }
}
