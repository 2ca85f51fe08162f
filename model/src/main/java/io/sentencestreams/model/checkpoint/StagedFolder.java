package io.sentencestreams.model.checkpoint;

import io.sentencestreams.model.internal.AtomicFiles;
import io.sentencestreams.model.internal.FileTrees;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A checkpoint's folder that is replaced as a whole: what is new is written beside it and forced to
 * the disk before it is touched, so a full disk or a kill leaves an older checkpoint as it was.
 */
final class StagedFolder {
  /** Files that only a checkpoint has; one of them is always there. */
  private static final List<String> MARKS = List.of("modules.json", "config.json");

  private static final String OLD = ".old";

  private StagedFolder() {}

  /** What goes into a folder. */
  @FunctionalInterface
  interface Content {
    /** Writes it into an empty folder. */
    void write(Path folder) throws IOException;
  }

  /**
   * Writes a folder in place of what is there.
   *
   * @throws CheckpointException if it cannot be written, or as {@link #prepare}
   */
  static void replace(Path target, List<Path> sources, Content content) {
    prepare(target, sources);
    Path to = target.toAbsolutePath().normalize();
    String name = Objects.toString(to.getFileName(), "checkpoint");
    Path staging = to.resolveSibling(".%s.%s.tmp".formatted(name, UUID.randomUUID()));
    try {
      try {
        content.write(Files.createDirectories(staging));
        FileTrees.force(staging);
        publish(staging, to);
      } finally {
        FileTrees.delete(staging);
      }
    } catch (IOException | UncheckedIOException e) {
      throw new CheckpointException("cannot write the checkpoint %s: %s".formatted(to, e), e);
    }
  }

  /**
   * Checks that a checkpoint may be written to a target, and tidies up after a write that was
   * killed.
   *
   * @param sources checkpoints that must not be lost with the target
   * @throws CheckpointException if what is there would be lost: it holds a source, or is no
   *     checkpoint and not empty; or if it cannot be tidied up
   */
  static void prepare(Path target, List<Path> sources) {
    Path to = target.toAbsolutePath().normalize();
    try {
      if (Files.exists(to)) {
        requireReplaceable(to, sources);
      }
      Path parent = to.getParent();
      if (parent != null && Files.isDirectory(parent)) {
        recover(parent, to);
      }
    } catch (IOException | UncheckedIOException e) {
      throw new CheckpointException("cannot prepare %s for a checkpoint: %s".formatted(to, e), e);
    }
  }

  private static void requireReplaceable(Path target, List<Path> sources) throws IOException {
    Path real = target.toRealPath();
    for (Path source : sources) {
      Path base = source.toRealPath();
      if (base.startsWith(real) && !base.equals(real)) {
        throw new CheckpointException(
            "%s holds the checkpoint %s, which would be lost with it; choose another folder"
                .formatted(target, source));
      }
    }
    if (!Files.isDirectory(real)) {
      throw new CheckpointException(target + " is a file; choose a folder");
    }
    boolean checkpoint = MARKS.stream().anyMatch(mark -> Files.exists(real.resolve(mark)));
    try (Stream<Path> entries = Files.list(real)) {
      if (!checkpoint && entries.findAny().isPresent()) {
        throw new CheckpointException(
            "%s has files, but is no checkpoint (none of %s is there); choose another folder, or empty it"
                .formatted(target, MARKS));
      }
    }
  }

  private static void recover(Path parent, Path target) throws IOException {
    Pattern left =
        Pattern.compile(
            "\\.%s\\.[0-9a-f-]{36}\\.tmp(\\.old)?".formatted(Pattern.quote(name(target))));
    List<Path> all;
    try (Stream<Path> entries = Files.list(parent)) {
      all = entries.filter(path -> left.matcher(name(path)).matches()).toList();
    }
    List<Path> old = all.stream().filter(path -> name(path).endsWith(OLD)).toList();
    boolean missing = Files.notExists(target);
    if (missing && old.size() == 1) {
      Files.move(old.get(0), target, StandardCopyOption.ATOMIC_MOVE);
      AtomicFiles.forceDirectory(parent);
    }
    for (Path path : all) {
      // With several and nothing under the name, any may be the one that is missed.
      if (!missing || !old.contains(path)) {
        FileTrees.delete(path);
      }
    }
  }

  private static String name(Path path) {
    return Objects.toString(path.getFileName(), ""); // the root of a file system has none
  }

  private static void publish(Path staging, Path target) throws IOException {
    Path parent = Objects.requireNonNull(target.getParent());
    Path old = null;
    if (Files.exists(target)) {
      old = target.resolveSibling(staging.getFileName() + OLD);
      Files.move(target, old, StandardCopyOption.ATOMIC_MOVE);
    }
    try {
      Files.move(staging, target, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      if (old != null) {
        Files.move(old, target, StandardCopyOption.ATOMIC_MOVE);
      }
      throw e;
    }
    AtomicFiles.forceDirectory(parent);
    if (old != null) {
      FileTrees.delete(old);
    }
  }
}
