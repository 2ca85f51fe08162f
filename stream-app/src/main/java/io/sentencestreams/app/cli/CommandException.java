package io.sentencestreams.app.cli;

/** A command cannot do what was asked; the message is the whole of what a person is told. */
class CommandException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  CommandException(String message) {
    super(message);
  }

  CommandException(String message, Throwable cause) {
    super(message, cause);
  }
}
