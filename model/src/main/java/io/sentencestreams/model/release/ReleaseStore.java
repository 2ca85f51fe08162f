package io.sentencestreams.model.release;

import io.sentencestreams.model.checkpoint.CheckpointException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Set;

/**
 * Where released models lie, for all instances to fetch. A model's name there is the digest of its
 * checkpoint, so none is ever replaced by another; it is there whole or not at all. Thread-safe.
 */
public interface ReleaseStore extends AutoCloseable {
  /**
   * Puts a checkpoint there; does nothing if it is there already.
   *
   * @param name by which people know the model, such as that of the model it was trained from
   * @return its version: the checkpoint's digest, 64 hexadecimal digits
   * @throws IOException if the store cannot be written to
   * @throws CheckpointException if the folder is no checkpoint that can be used
   */
  String publish(Path checkpoint, String name) throws IOException;

  /**
   * Copies a checkpoint's files and its manifest into a folder, unverified.
   *
   * @param target exists and is empty
   * @throws IOException if the store has no such version, or cannot be read
   */
  void download(String version, Path target) throws IOException;

  /**
   * Deletes models that nobody needs, each at once for whoever looks. A store whose own rules see
   * to that, as those of a bucket may, deletes none.
   *
   * @param kept versions that stay
   * @param before none stays that was put there before this, else all do
   * @return the versions that went
   * @throws IOException if one cannot be deleted
   */
  default List<String> prune(Set<String> kept, Instant before) throws IOException {
    return List.of();
  }

  /** For people: where the models lie. */
  String describe();

  @Override
  default void close() {}
}
