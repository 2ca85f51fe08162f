package io.sentencestreams.model.repository;

/** Is told how far an import has come; called on the importing thread. */
@FunctionalInterface
public interface ImportProgress {
  /** What an import does, in order. */
  enum Step {
    /** Another process imports the same model; this one will use what that one makes. */
    WAIT,
    /** What is not on this machine is fetched; {@link #received} tells how that goes. */
    DOWNLOAD,
    /** The source is read and its checksum verified. */
    READ,
    /** The checkpoint's files are written. */
    WRITE,
    /** What was written is opened, hashed and forced to the disk. */
    VERIFY
  }

  /** Tells nobody. */
  ImportProgress SILENT = (model, step) -> {};

  /** A step begins. */
  void begins(String model, Step step);

  /**
   * A part of a file has come.
   *
   * @param bytes of the file that are there
   * @param total of the file; -1 if not known
   */
  default void received(String model, String file, long bytes, long total) {}
}
