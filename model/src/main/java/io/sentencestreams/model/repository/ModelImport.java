package io.sentencestreams.model.repository;

import java.io.IOException;
import java.nio.file.Path;

/** One way for a checkpoint to get into the repository. */
interface ModelImport {
  /** The model's name in the repository. */
  String name();

  /** Where it comes from, as the manifest is to say. */
  String source();

  /**
   * Writes the checkpoint's files.
   *
   * @param checkpoint an empty folder for them
   * @param scratch an empty folder for what is needed on the way, deleted afterwards
   */
  void writeTo(Path checkpoint, Path scratch, ImportProgress progress) throws IOException;
}
