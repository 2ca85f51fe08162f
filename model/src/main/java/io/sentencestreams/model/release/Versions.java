package io.sentencestreams.model.release;

import java.util.regex.Pattern;

/** Names of released models. */
final class Versions {
  private static final Pattern VERSION = Pattern.compile("[0-9a-f]{64}");

  private Versions() {}

  static boolean isOne(String name) {
    return VERSION.matcher(name).matches();
  }

  /** Refuses what is no digest: it becomes a part of paths. */
  static String require(String version) {
    if (!VERSION.matcher(version).matches()) {
      throw new IllegalArgumentException(
          "a version is 64 hexadecimal digits, and not '%s'".formatted(version));
    }
    return version;
  }
}
