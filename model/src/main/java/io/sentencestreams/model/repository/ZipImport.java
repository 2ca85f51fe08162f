package io.sentencestreams.model.repository;

import io.sentencestreams.model.checkpoint.CheckpointException;
import io.sentencestreams.model.checkpoint.Manifest;
import io.sentencestreams.model.internal.Sha256;
import io.sentencestreams.model.repository.ImportProgress.Step;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;

/**
 * Unpacks a checkpoint from a zip archive: the files that Sentence Transformers reads, from the
 * folder that holds them. No name in the archive leads out of that folder, and what it unpacks to
 * is bounded by its own size: weights hardly compress, so an archive that would grow by more is no
 * checkpoint.
 */
final class ZipImport implements ModelImport {
  private static final int MOST_ENTRIES = 10_000;
  private static final int MOST_GROWTH = 20;

  /** Vocabularies alone compress better than weights. */
  private static final long FREE_GROWTH = 64L << 20;

  private final Path file;
  private final String name;
  private final String sha256;
  private final long limit;

  /**
   * For an archive.
   *
   * @throws CheckpointException if it cannot be read
   */
  ZipImport(Path file, String name) {
    this.file = file;
    this.name = name;
    try {
      this.sha256 = Sha256.of(file);
      this.limit = Math.addExact(Math.multiplyExact(Files.size(file), MOST_GROWTH), FREE_GROWTH);
    } catch (IOException e) {
      throw new CheckpointException("cannot read %s: %s".formatted(file, e), e);
    }
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public String source() {
    return "zip:%s sha256:%s".formatted(file.getFileName(), sha256);
  }

  /**
   * Checks the archive's SHA-256.
   *
   * @throws CheckpointException if it is another
   */
  void requireChecksum(String expected) {
    if (!expected.equalsIgnoreCase(sha256)) {
      throw new CheckpointException(
          "%s has the checksum %s, but %s is expected".formatted(file, sha256, expected));
    }
  }

  /** Whether a model was imported from the same content. */
  boolean isSource(String source) {
    return source.endsWith("sha256:" + sha256);
  }

  @Override
  public void writeTo(Path checkpoint, Path scratch, ImportProgress progress) throws IOException {
    progress.begins(name, Step.READ);
    try (ZipFile zip = new ZipFile(file.toFile())) {
      List<ZipEntry> entries = new ArrayList<>();
      zip.stream().limit(MOST_ENTRIES + 1).forEach(entries::add);
      if (entries.size() > MOST_ENTRIES) {
        throw damaged("it has more than %d entries".formatted(MOST_ENTRIES));
      }
      String root = root(entries);
      progress.begins(name, Step.WRITE);
      long written = 0;
      for (ZipEntry entry : entries) {
        String path = entry.getName().replace('\\', '/');
        if (!entry.isDirectory() && path.startsWith(root)) {
          written += unpack(zip, entry, path.substring(root.length()), checkpoint, limit - written);
        }
      }
    } catch (ZipException | EOFException | IllegalArgumentException e) {
      throw damaged(e.getMessage());
    }
  }

  /**
   * The folder of the checkpoint: that of the first {@code modules.json}, or {@code config.json}.
   */
  private String root(List<ZipEntry> entries) {
    for (String mark : List.of("modules.json", "config.json")) {
      var found =
          entries.stream()
              .map(entry -> entry.getName().replace('\\', '/'))
              .filter(path -> path.equals(mark) || path.endsWith("/" + mark))
              .min(Comparator.comparingInt(String::length));
      if (found.isPresent()) {
        return found.get().substring(0, found.get().length() - mark.length());
      }
    }
    throw damaged("it holds no checkpoint: neither modules.json nor config.json is in it");
  }

  /** Returns the bytes written. */
  private long unpack(ZipFile zip, ZipEntry entry, String path, Path checkpoint, long room)
      throws IOException {
    Path target = checkpoint.resolve(path).normalize();
    if (path.startsWith("/") || !target.startsWith(checkpoint) || target.equals(checkpoint)) {
      throw damaged("its entry %s leads out of its folder".formatted(entry.getName()));
    }
    boolean near = checkpoint.relativize(target).getNameCount() <= 2; // a module's folder, or none
    // A manifest tells of another import; this one writes its own.
    boolean manifest = checkpoint.relativize(target).toString().equals(Manifest.FILE);
    if (!near || manifest || path.startsWith(".") || !DirectoryImport.isRead(path)) {
      return 0;
    }
    Files.createDirectories(Objects.requireNonNull(target.getParent()));
    long written = 0;
    try (InputStream in = zip.getInputStream(entry);
        OutputStream out = Files.newOutputStream(target)) {
      byte[] buffer = new byte[1 << 16];
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        written += n;
        if (written > room) {
          throw damaged(
              "it unpacks to more than %d bytes, far more than a checkpoint of its size would"
                  .formatted(limit));
        }
        out.write(buffer, 0, n);
      }
    }
    return written;
  }

  private CheckpointException damaged(String problem) {
    return new CheckpointException(
        "%s is not a zip archive of a checkpoint: %s".formatted(file, problem));
  }
}
