package io.sentencestreams.schemas;

/**
 * The schema registry did not answer, or refused. The record is not at fault: it must be tried
 * again and not be sent to the dead-letter topic.
 */
public final class SchemaRegistryException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** A failed request, with what the client said. */
  public SchemaRegistryException(String message, Throwable cause) {
    super(message, cause);
  }
}
