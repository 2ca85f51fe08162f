package io.sentencestreams.tests;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;

/** The public data sets that lie beside the project; tests that need one are skipped without it. */
public final class SharedData {
  private SharedData() {}

  /** A file of the data, such as {@code mrpc/msr-para-val.tsv}. */
  public static Path file(String name) {
    String configured = System.getenv("SENTENCE_STREAMS_DATA");
    Path data =
        configured == null
            ? Path.of(System.getProperty("sentencestreams.root"), "..", "shared", "data")
            : Path.of(configured);
    Path file = data.resolve(name).normalize();
    assumeTrue(Files.exists(file), "skipped: " + file + " is not there");
    return file;
  }
}
