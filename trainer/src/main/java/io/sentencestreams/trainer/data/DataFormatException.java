package io.sentencestreams.trainer.data;

import java.nio.file.Path;

/** A row of a data set that cannot be read: the message names its file and line. */
public final class DataFormatException extends RuntimeException {
  /** Says what is wrong at a line, counted from 1. */
  public DataFormatException(Path file, int line, String problem) {
    super("%s, line %d: %s".formatted(file, line, problem));
  }
}
