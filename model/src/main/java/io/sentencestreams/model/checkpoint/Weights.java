package io.sentencestreams.model.checkpoint;

import java.util.Set;

/**
 * Named tensors of a checkpoint, mapped from its files: nothing is read until a tensor's bytes are.
 *
 * <p>Thread-safe. A tensor's buffer stays valid after {@link #close}, until it is garbage
 * collected.
 */
public interface Weights extends AutoCloseable {
  /** Names of the tensors, as Hugging Face's base model has them, in the order of the file. */
  Set<String> names();

  /**
   * One tensor.
   *
   * @throws CheckpointException if there is none of this name; the message lists similar names
   */
  Tensor get(String name);

  /** Closes the files. */
  @Override
  void close();
}
