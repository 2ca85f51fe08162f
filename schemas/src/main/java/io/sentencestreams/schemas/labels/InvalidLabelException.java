package io.sentencestreams.schemas.labels;

/** A record of a topic of labels that cannot be learned from, however often it is read. */
public final class InvalidLabelException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final Reason reason;

  /** Why, for counting. */
  public enum Reason {
    /** The record has no value. */
    NO_VALUE,
    /** The value is not in the topic's format. */
    UNREADABLE,
    /** A field is not there. */
    MISSING_FIELD,
    /** A field is of another type. */
    WRONG_TYPE,
    /** A text holds nothing that can be seen, or half a character. */
    UNUSABLE_TEXT,
    /** A text, or the whole value, is larger than the topic's limit. */
    TEXT_TOO_LARGE,
    /** A score is negative, greater than the topic's greatest, or no number. */
    SCORE_OUT_OF_RANGE,
    /** A class of natural language inference is none of the three. */
    UNKNOWN_CLASS
  }

  /** With what is wrong and where in the record; the caller knows which record it is. */
  public InvalidLabelException(Reason reason, String message) {
    super(message);
    this.reason = reason;
  }

  /** As above, for what a parser refused. */
  public InvalidLabelException(Reason reason, String message, Throwable cause) {
    super(message, cause);
    this.reason = reason;
  }

  /** Why. */
  public Reason reason() {
    return reason;
  }
}
