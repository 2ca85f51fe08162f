package io.sentencestreams.schemas.internal;

import java.util.List;
import java.util.stream.Stream;
import org.apache.kafka.common.config.ConfigException;

/**
 * Where a field stands in a structured value.
 *
 * @param written the path as the user wrote it
 * @param steps names of fields from the outermost inwards; in an array a step is an index
 */
public record FieldPath(String written, List<String> steps) {

  /**
   * Reads names joined by dots, or a JSON pointer (RFC 6901). The empty path is the value itself.
   *
   * @param key configuration key, for the error
   * @throws ConfigException if a name is empty, or a pointer has a wrong escape
   */
  public static FieldPath parse(String key, String path) {
    if (path.isEmpty()) {
      return new FieldPath(path, List.of());
    }
    if (path.startsWith("/")) {
      return new FieldPath(
          path,
          Stream.of(path.substring(1).split("/", -1)).map(s -> unescape(key, path, s)).toList());
    }
    List<String> steps = List.of(path.split("\\.", -1));
    if (steps.contains("")) {
      throw new ConfigException(
          key, path, "a name between the dots is empty; use a JSON pointer for such names");
    }
    return new FieldPath(path, steps);
  }

  /** Number of steps. */
  public int size() {
    return steps.size();
  }

  /** The step at a depth, from 0. */
  public String step(int depth) {
    return steps.get(depth);
  }

  /** The path as a message names it. */
  @Override
  public String toString() {
    return written.isEmpty() ? "the value itself" : "field '" + written + "'";
  }

  private static String unescape(String key, String path, String step) {
    if (step.replace("~0", "").replace("~1", "").contains("~")) {
      throw new ConfigException(
          key, path, "in a JSON pointer '~' is written ~0 and '/' in a name is written ~1");
    }
    return step.replace("~1", "/").replace("~0", "~");
  }
}
