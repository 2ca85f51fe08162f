package io.sentencestreams.model.download;

/** Something that could not be fetched; the message says why and what to do. */
public final class DownloadException extends RuntimeException {
  private final HttpAnswer answer;

  /** Says what, why, and what to do. */
  public DownloadException(String message) {
    this(message, null);
  }

  /** As above, for a failure that another one caused. */
  public DownloadException(String message, Throwable cause) {
    super(message, cause);
    this.answer = cause instanceof HttpAnswer refused ? refused : null;
  }

  /** The status that a server refused with; 0 where it did not come to one. */
  public int status() {
    return answer == null ? 0 : answer.status();
  }

  /** What a server's header {@code X-Error-Code} gives as the reason; empty without one. */
  public String errorCode() {
    return answer == null ? "" : answer.code();
  }
}
