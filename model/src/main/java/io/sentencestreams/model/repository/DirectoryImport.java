package io.sentencestreams.model.repository;

import io.sentencestreams.model.checkpoint.Checkpoint;
import io.sentencestreams.model.checkpoint.Manifest;
import io.sentencestreams.model.internal.FileTrees;
import io.sentencestreams.model.repository.ImportProgress.Step;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Copies a checkpoint: the files that Sentence Transformers reads, and not other exports. */
final class DirectoryImport implements ModelImport {
  private static final Logger log = LoggerFactory.getLogger(DirectoryImport.class);
  private static final Set<String> KEPT = Set.of("json", "txt", "md", "model", "safetensors");

  private final Checkpoint source;
  private final String name;
  private final Contents contents;

  /** How files get into the repository. */
  enum Contents {
    /** The source may be changed afterwards. */
    COPIED,
    /** The source's contents never change; they take no further room where links are possible. */
    LINKED
  }

  DirectoryImport(Checkpoint source, String name, Contents contents) {
    this.source = source;
    this.name = name;
    this.contents = contents;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public String source() {
    return "directory:" + source.directory();
  }

  @Override
  public void writeTo(Path checkpoint, Path scratch, ImportProgress progress) throws IOException {
    progress.begins(name, Step.READ);
    // A module's folder is at most one below the checkpoint's.
    List<Path> files = FileTrees.files(source.directory()).stream().filter(this::isKept).toList();
    progress.begins(name, Step.WRITE);
    for (Path file : files) {
      Path target = checkpoint.resolve(source.directory().relativize(file).toString());
      Files.createDirectories(Objects.requireNonNull(target.getParent()));
      // Settings may be edited, here or there; weights are not.
      boolean linked = contents != Contents.COPIED && isWeights(file) && link(file, target);
      if (!linked) {
        Files.copy(file, target);
      }
    }
  }

  private static boolean isWeights(Path file) {
    return file.toString().endsWith(".safetensors") || file.toString().endsWith(".bin");
  }

  /** Whether it could: not to another disk, and not on every file system. */
  private static boolean link(Path file, Path target) throws IOException {
    try {
      Files.createLink(target, file.toRealPath());
      return true;
    } catch (UnsupportedOperationException | FileSystemException e) {
      log.debug("{} is copied: {}", file, e.toString());
      return false;
    }
  }

  private boolean isKept(Path file) {
    String path = source.directory().relativize(file).toString();
    return !path.startsWith(".")
        && !path.equals(Manifest.FILE)
        && isRead(path)
        && !(path.endsWith(".bin") && hasSafetensors(file));
  }

  /** Where a folder has its weights in the newer form too, pickles are another export of them. */
  private static boolean hasSafetensors(Path file) {
    return Files.isRegularFile(file.resolveSibling("model.safetensors"));
  }

  /** Whether a file of a checkpoint is one that is read here, by its name. */
  static boolean isRead(String path) {
    String extension = path.substring(path.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
    String name = path.substring(path.lastIndexOf('/') + 1);
    return KEPT.contains(extension) || (name.startsWith("pytorch_model") && name.endsWith(".bin"));
  }
}
