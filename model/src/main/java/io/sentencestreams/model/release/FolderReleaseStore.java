package io.sentencestreams.model.release;

import io.sentencestreams.model.checkpoint.Checkpoint;
import io.sentencestreams.model.checkpoint.Manifest;
import io.sentencestreams.model.internal.AtomicFiles;
import io.sentencestreams.model.internal.FileTrees;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * Released models in a folder, such as one on a volume that all machines share: a folder for each,
 * named by its version. One is copied beside its place, forced to the disk, and moved into place by
 * a rename.
 */
public final class FolderReleaseStore implements ReleaseStore {
  private static final String STAGING = ".staging-";

  private final Path root;

  /** A store in a folder, which is created when a model is published. */
  public FolderReleaseStore(Path root) {
    this.root = root.toAbsolutePath().normalize();
  }

  @Override
  public String publish(Path checkpoint, String name) throws IOException {
    Checkpoint source = Checkpoint.open(checkpoint);
    String version = source.digest();
    Path target = root.resolve(version);
    if (Files.isDirectory(target)) {
      Checkpoint.open(target).verify();
      return version;
    }
    Files.createDirectories(root);
    Path staging = root.resolve(STAGING + version + "-" + UUID.randomUUID());
    try {
      copy(source.directory(), staging);
      Manifest.write(staging, name, "release", version);
      FileTrees.force(staging);
      moveInto(target, staging);
      AtomicFiles.forceDirectory(root);
    } finally {
      FileTrees.delete(staging);
    }
    return version;
  }

  private void moveInto(Path target, Path staging) throws IOException {
    try {
      Files.move(staging, target, StandardCopyOption.ATOMIC_MOVE);
    } catch (FileSystemException e) {
      if (!Files.isDirectory(target)) {
        throw e;
      }
      Checkpoint.open(target).verify(); // another process was first
    }
  }

  @Override
  public void download(String version, Path target) throws IOException {
    Path source = root.resolve(Versions.require(version));
    if (!Files.isDirectory(source)) {
      throw new IOException("there is no model %s in %s".formatted(version, root));
    }
    copy(source, target);
    Files.copy(source.resolve(Manifest.FILE), target.resolve(Manifest.FILE));
  }

  /** All files but the manifest, which is written for the place where they lie. */
  private static void copy(Path from, Path to) throws IOException {
    for (Path file : FileTrees.files(from)) {
      if (from.relativize(file).toString().equals(Manifest.FILE)) {
        continue;
      }
      Path target = to.resolve(from.relativize(file).toString());
      Files.createDirectories(Objects.requireNonNull(target.getParent()));
      Files.copy(file, target);
    }
  }

  @Override
  public List<String> prune(Set<String> kept, Instant before) throws IOException {
    if (!Files.isDirectory(root)) {
      return List.of();
    }
    List<Path> old;
    try (Stream<Path> list = Files.list(root)) {
      old = list.filter(path -> isOurs(path) && !kept.contains(name(path))).sorted().toList();
    }
    List<String> pruned = new ArrayList<>();
    for (Path path : old) {
      if (!Files.getLastModifiedTime(path).toInstant().isBefore(before)) {
        continue;
      }
      if (name(path).startsWith(STAGING)) { // left by a process that was killed
        FileTrees.delete(path);
      } else {
        Path staging = root.resolve(STAGING + name(path) + "-" + UUID.randomUUID());
        Files.move(path, staging, StandardCopyOption.ATOMIC_MOVE);
        FileTrees.delete(staging);
        pruned.add(name(path));
      }
    }
    return pruned;
  }

  private static boolean isOurs(Path path) {
    return Versions.isOne(name(path)) || name(path).startsWith(STAGING);
  }

  private static String name(Path path) {
    return Objects.requireNonNull(path.getFileName()).toString();
  }

  @Override
  public String describe() {
    return root.toString();
  }
}
