package io.sentencestreams.model;

/** An encoder failed on a batch: out of memory, a dead device, a kernel that refused its input. */
public final class EncoderException extends RuntimeException {
  /** Says what failed, and what to do about it where that is known. */
  public EncoderException(String message, Throwable cause) {
    super(message, cause);
  }
}
