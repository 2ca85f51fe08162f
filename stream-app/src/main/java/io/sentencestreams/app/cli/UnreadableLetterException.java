package io.sentencestreams.app.cli;

/** A dead letter cannot be made the record that it was, now or later; the message says why. */
final class UnreadableLetterException extends CommandException {
  private static final long serialVersionUID = 1L;

  UnreadableLetterException(String message) {
    super(message);
  }

  UnreadableLetterException(String message, Throwable cause) {
    super(message, cause);
  }
}
