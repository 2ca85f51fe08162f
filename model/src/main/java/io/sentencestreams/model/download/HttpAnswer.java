package io.sentencestreams.model.download;

import java.io.IOException;
import java.net.http.HttpHeaders;
import java.time.Duration;
import java.util.Optional;

/** A server's answer that brings no content. */
final class HttpAnswer extends IOException {
  private final int status;
  private final String code;
  private final long retryAfterSeconds;

  HttpAnswer(int status, HttpHeaders headers) {
    super("the server answers with status " + status + reason(headers));
    this.status = status;
    this.code = headers.firstValue("X-Error-Code").orElse("");
    // It may also be a date, which no server that is known to matter here sends.
    this.retryAfterSeconds =
        headers
            .firstValue("Retry-After")
            .filter(value -> value.matches("\\d{1,6}"))
            .map(Long::parseLong)
            .orElse(-1L);
  }

  private static String reason(HttpHeaders headers) {
    return headers.firstValue("X-Error-Message").map(text -> ": " + text).orElse("");
  }

  int status() {
    return status;
  }

  String code() {
    return code;
  }

  Optional<Duration> retryAfter() {
    return retryAfterSeconds < 0
        ? Optional.empty()
        : Optional.of(Duration.ofSeconds(retryAfterSeconds));
  }

  /** Whether the same question may be answered later. */
  boolean mayPass() {
    return switch (status) {
      case 408, 429, 500, 502, 503, 504 -> true;
      default -> false;
    };
  }
}
