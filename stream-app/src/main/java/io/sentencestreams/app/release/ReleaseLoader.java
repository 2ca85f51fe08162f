package io.sentencestreams.app.release;

import io.sentencestreams.model.BatchEncoder;
import java.io.IOException;
import java.util.Set;

/** Loads released models. */
public interface ReleaseLoader extends AutoCloseable {
  /**
   * Fetches, verifies and loads a model.
   *
   * @param version digest of its checkpoint
   * @param precision of the arithmetic, as a model's version ends with it
   * @throws IOException if it cannot be fetched
   * @throws RuntimeException if it is damaged, or cannot take the place of the stream's model
   */
  BatchEncoder load(String version, String precision) throws IOException;

  /** Deletes what is kept of other versions on this machine. */
  void keepOnly(Set<String> versions) throws IOException;

  @Override
  default void close() {}
}
