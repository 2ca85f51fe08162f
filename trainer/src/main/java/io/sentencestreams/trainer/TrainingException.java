package io.sentencestreams.trainer;

/** A run that cannot go on; the message says at which step and what to do. */
public final class TrainingException extends RuntimeException {
  /** With what is wrong. */
  public TrainingException(String message) {
    super(message);
  }

  /** With what is wrong and what it came from. */
  public TrainingException(String message, Throwable cause) {
    super(message, cause);
  }
}
