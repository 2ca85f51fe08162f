package io.sentencestreams.model.release;

import java.io.IOException;
import java.nio.file.Path;

/** Publishes a model in a process that can be killed: the store, its endpoint, the model. */
final class S3Publisher {
  private S3Publisher() {}

  public static void main(String[] args) throws IOException {
    try (ReleaseStore store = ReleaseStores.open(args[0], S3Options.of(args[1], null, true))) {
      store.publish(Path.of(args[2]), "large");
    }
  }
}
