package io.sentencestreams.trainer.download;

/** A data set that could not be fetched; the message says why and what to do. */
public final class DownloadException extends RuntimeException {
  DownloadException(String message) {
    super(message);
  }

  DownloadException(String message, Throwable cause) {
    super(message, cause);
  }
}
