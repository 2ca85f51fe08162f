package io.sentencestreams.model.release;

import io.sentencestreams.model.checkpoint.Checkpoint;
import io.sentencestreams.model.checkpoint.CheckpointException;
import io.sentencestreams.model.internal.FileTrees;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Released models on this machine: fetched from a store, verified, and kept. Several processes must
 * not share its folder. For one thread.
 */
public final class ReleaseCache {
  private static final String STAGING = ".staging";

  private final ReleaseStore store;
  private final Path root;

  /** A cache in a folder, which is created at need. */
  public ReleaseCache(ReleaseStore store, Path root) {
    this.store = store;
    this.root = root.toAbsolutePath().normalize();
  }

  /**
   * A model whose every file is as it was released; it is fetched if it is not here, or is damaged.
   *
   * @throws IOException if the store cannot be read or the folder not written
   * @throws CheckpointException if what the store has is damaged or is another model
   * @throws IllegalArgumentException if the version is no digest
   */
  public Checkpoint fetch(String version) throws IOException {
    Path target = root.resolve(Versions.require(version));
    if (Files.isDirectory(target)) {
      try {
        return verified(target, version);
      } catch (CheckpointException e) {
        FileTrees.delete(target);
      }
    }
    Path staging = root.resolve(STAGING);
    FileTrees.delete(staging);
    Files.createDirectories(staging);
    try {
      store.download(version, staging);
      verified(staging, version);
      FileTrees.force(staging);
      Files.move(staging, target, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      FileTrees.delete(staging);
    }
    return Checkpoint.open(target);
  }

  private Checkpoint verified(Path folder, String version) {
    Checkpoint checkpoint = Checkpoint.open(folder);
    checkpoint.verify();
    if (!checkpoint.digest().equals(version)) {
      throw new CheckpointException(
          "%s: under the name of release %s lies %s"
              .formatted(store.describe(), version, checkpoint.digest()));
    }
    return checkpoint;
  }

  /** Deletes all models but some. */
  public void keepOnly(Set<String> versions) throws IOException {
    if (!Files.isDirectory(root)) {
      return;
    }
    List<Path> others;
    try (Stream<Path> list = Files.list(root)) {
      others = list.filter(path -> !versions.contains(path.getFileName().toString())).toList();
    } catch (UncheckedIOException e) { // an entry that cannot be read
      throw e.getCause();
    }
    for (Path other : others) {
      FileTrees.delete(other);
    }
  }
}
