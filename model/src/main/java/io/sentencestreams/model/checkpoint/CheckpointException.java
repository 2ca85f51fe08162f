package io.sentencestreams.model.checkpoint;

/**
 * A checkpoint could not be read or written: the message names the file, and what is wrong in it.
 */
public final class CheckpointException extends RuntimeException {
  /** Says which file or tensor, what is wrong with it, and what to do. */
  public CheckpointException(String message) {
    super(message);
  }

  /** As above, for a failure that another one caused. */
  public CheckpointException(String message, Throwable cause) {
    super(message, cause);
  }
}
