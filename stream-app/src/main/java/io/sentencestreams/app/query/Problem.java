package io.sentencestreams.app.query;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/**
 * An error as an HTTP answer: a problem of RFC 9457, with {@code code} for programs and, where
 * partitions did not answer, {@code missing}.
 *
 * @param status of HTTP
 * @param code a word in lower case with underscores
 * @param detail for a person: what was wrong, and what to do
 * @param missing partitions that did not answer
 */
record Problem(int status, String code, String detail, List<MissingPartition> missing) {
  static final int BAD_REQUEST = 400;
  static final int NOT_FOUND = 404;
  static final int METHOD_NOT_ALLOWED = 405;
  static final int CONFLICT = 409;
  static final int TOO_LARGE = 413;
  static final int UNSUPPORTED_TYPE = 415;
  static final int TOO_MANY = 429;
  static final int INTERNAL = 500;
  static final int UNAVAILABLE = 503;

  Problem(int status, String code, String detail) {
    this(status, code, detail, List.of());
  }

  /** Ends the work on a request with this answer. */
  static final class Answer extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient Problem problem;

    Answer(Problem problem) {
      super(problem.detail());
      this.problem = problem;
    }

    Problem problem() {
      return problem;
    }
  }

  static Problem of(QueryException e) {
    if (e instanceof QueryException.Unavailable unavailable) {
      return new Problem(UNAVAILABLE, e.code(), e.getMessage(), unavailable.missing());
    }
    int status =
        e instanceof QueryException.UnknownId
            ? NOT_FOUND
            : e instanceof QueryException.TooMany ? TOO_MANY : BAD_REQUEST;
    return new Problem(status, e.code(), e.getMessage());
  }

  ObjectNode json() {
    ObjectNode json = Wire.JSON.createObjectNode();
    json.put("title", title(status));
    json.put("status", status);
    json.put("code", code);
    json.put("detail", detail);
    if (!missing.isEmpty()) {
      json.set("missing", Wire.JSON.valueToTree(missing));
    }
    return json;
  }

  private static String title(int status) {
    return switch (status) {
      case BAD_REQUEST -> "Bad Request";
      case NOT_FOUND -> "Not Found";
      case METHOD_NOT_ALLOWED -> "Method Not Allowed";
      case CONFLICT -> "Conflict";
      case TOO_LARGE -> "Content Too Large";
      case UNSUPPORTED_TYPE -> "Unsupported Media Type";
      case TOO_MANY -> "Too Many Requests";
      case UNAVAILABLE -> "Service Unavailable";
      default -> "Internal Server Error";
    };
  }
}
