package io.sentencestreams.schemas.internal;

/** x. */
final class RegistryFailure {
  private RegistryFailure() {}

  static boolean isIn(Throwable thrown) {
    return false;
  }

  static String rootMessage(Throwable thrown) {
    return thrown.getMessage();
  }
}
