package io.sentencestreams.model.internal;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemLoopException;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.stream.Stream;

/** Folders with all that is in them; links are followed where it says so. */
public final class FileTrees {
  private FileTrees() {}

  /**
   * The regular files in a folder and in the folders in it, sorted. Links are followed: a
   * checkpoint's folder may be one, and so may what is in it; but not in a circle.
   */
  public static List<Path> files(Path root) throws IOException {
    List<Path> files = new ArrayList<>();
    Files.walkFileTree(
        root,
        EnumSet.of(FileVisitOption.FOLLOW_LINKS),
        2,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            if (attributes.isRegularFile()) {
              files.add(file);
            }
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
            if (e instanceof FileSystemLoopException) {
              return FileVisitResult.CONTINUE;
            }
            throw e;
          }
        });
    Collections.sort(files);
    return files;
  }

  /** Forces files and directories to the disk. */
  public static void force(Path root) throws IOException {
    for (Path path : walk(root)) {
      if (Files.isDirectory(path)) {
        AtomicFiles.forceDirectory(path);
      } else {
        // Not for writing: a copy may be as read-only as its original.
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
          channel.force(true);
        }
      }
    }
  }

  /** Deletes a tree, if it is there. */
  public static void delete(Path root) throws IOException {
    if (Files.exists(root)) {
      for (Path path : walk(root)) {
        Files.delete(path);
      }
    }
  }

  /** Deletes a tree, if it is there, so that a kill leaves it whole or nothing under its name. */
  public static void deleteAtOnce(Path root) throws IOException {
    Path doomed = root.resolveSibling(".%s.deleted".formatted(root.getFileName()));
    delete(doomed); // what a kill has left
    if (Files.exists(root)) {
      Files.move(root, doomed, StandardCopyOption.ATOMIC_MOVE);
      delete(doomed);
    }
  }

  /** Children before their parent. */
  private static List<Path> walk(Path root) throws IOException {
    try (Stream<Path> walk = Files.walk(root)) {
      return walk.sorted(Comparator.reverseOrder()).toList();
    } catch (UncheckedIOException e) { // an entry that cannot be read, or went meanwhile
      throw e.getCause();
    }
  }
}
