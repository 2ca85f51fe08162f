package io.sentencestreams.app.query;

import java.util.List;
import java.util.stream.Collectors;

/** A query that has no answer. */
public abstract sealed class QueryException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String code;

  private QueryException(String code, String message) {
    super(message);
    this.code = code;
  }

  /** What is wrong, for programs: a word in lower case with underscores. */
  public final String code() {
    return code;
  }

  /** The query itself is wrong: it would fail on any instance at any time. */
  public static final class Invalid extends QueryException {
    private static final long serialVersionUID = 1L;

    /**
     * A query that is wrong.
     *
     * @param code for programs, such as {@code wrong_dimension}
     */
    public Invalid(String code, String message) {
      super(code, message);
    }
  }

  /** Nothing has this id. */
  public static final class UnknownId extends QueryException {
    private static final long serialVersionUID = 1L;

    private UnknownId(String code, String message) {
      super(code, message);
    }

    static UnknownId text(String id) {
      return new UnknownId(
          "unknown_id",
          "no text in the window has the id %s: it may not have been read yet, or have left the window"
              .formatted(id));
    }

    static UnknownId cluster(String id) {
      return new UnknownId(
          "unknown_cluster",
          "there is no cluster %s: it may not have been published yet, or have ended long ago"
              .formatted(id));
    }
  }

  /** As many queries as are allowed run already. */
  public static final class TooMany extends QueryException {
    private static final long serialVersionUID = 1L;

    TooMany(int most) {
      super(
          "too_many_queries",
          "%d queries run already, which is the most at a time (query.max.concurrent): ask again"
              .formatted(most));
    }
  }

  /** The answer would not be whole, or a text cannot be encoded at present. */
  public static final class Unavailable extends QueryException {
    private static final long serialVersionUID = 1L;

    private final transient List<MissingPartition> missing;

    Unavailable(String code, String message) {
      super(code, message);
      this.missing = List.of();
    }

    Unavailable(List<MissingPartition> missing) {
      super(
          "partitions_missing",
          missing.stream()
              .map(MissingPartition::describe)
              .collect(Collectors.joining("; ", "these partitions did not answer: ", "")));
      this.missing = List.copyOf(missing);
    }

    /** The partitions that did not answer; none where the encoder is what is missing. */
    public List<MissingPartition> missing() {
      return missing == null ? List.of() : missing; // null after serialization
    }
  }
}
