package io.sentencestreams.schemas;

/**
 * A record whose value or key cannot be used, however often it is tried: its place is the
 * dead-letter topic. The message says what is wrong and where in the record; the caller knows which
 * record it is.
 */
public final class InvalidRecordException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** A record that is wrong in itself. */
  public InvalidRecordException(String message) {
    super(message);
  }

  /** A record that a parser refused. */
  public InvalidRecordException(String message, Throwable cause) {
    super(message, cause);
  }
}
