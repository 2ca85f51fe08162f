package io.sentencestreams.app.http;

import java.util.List;
import java.util.Objects;

/** What {@link HttpEndpoint} asks at each request. Called on its threads; must answer at once. */
public interface HealthSource {
  /** Whether the process should be left running; when false it can only be restarted. */
  boolean live();

  /** Whether the process does its work at present. */
  boolean ready();

  /** The reasons, one check each. */
  List<Check> checks();

  /**
   * One aspect of health.
   *
   * @param name short and fixed, such as {@code encoder}
   * @param message what is seen, for a person
   */
  record Check(String name, boolean healthy, String message) {
    public Check {
      Objects.requireNonNull(name);
      Objects.requireNonNull(message);
    }
  }
}
