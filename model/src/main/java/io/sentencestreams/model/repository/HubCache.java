package io.sentencestreams.model.repository;

import io.sentencestreams.model.checkpoint.CheckpointException;
import io.sentencestreams.model.download.DownloadException;
import io.sentencestreams.model.internal.AtomicFiles;
import io.sentencestreams.model.repository.HubClient.HubFile;
import io.sentencestreams.model.repository.HubClient.Revision;
import io.sentencestreams.model.repository.ImportProgress.Step;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The Python library's cache of the hub, read and filled: {@code refs} has the commit of each
 * branch, {@code snapshots} a folder for each commit, with links to the contents in {@code blobs},
 * which are named for their checksums and never change.
 */
final class HubCache {
  private static final Logger log = LoggerFactory.getLogger(HubCache.class);

  private final HubSettings settings;
  private final HubClient client;
  private final Path downloads;

  /**
   * A cache.
   *
   * @param downloads a folder for what has come in part
   */
  HubCache(HubSettings settings, HubClient client, Path downloads) {
    this.settings = settings;
    this.client = client;
    this.downloads = downloads;
  }

  /**
   * Brings a model into the cache, as far as it is not there.
   *
   * @return the snapshot's folder, whose name is the commit
   * @throws CheckpointException if there is no such model, or none here and no network
   */
  Path snapshot(HubId model, String title, ImportProgress progress) throws IOException {
    Path folder = settings.cache().resolve(model.cacheFolder());
    if (settings.offline()) {
      return cached(folder, model)
          .orElseThrow(
              () ->
                  new CheckpointException(
                      "%s is not in %s, and HF_HUB_OFFLINE forbids to fetch it"
                          .formatted(model, settings.cache())));
    }
    Revision revision;
    try {
      revision = client.revision(model);
    } catch (DownloadException e) {
      Path known =
          cached(folder, model)
              .orElseThrow(
                  () ->
                      new CheckpointException(
                          "%s is not here yet, and the hub does not answer: %s. A folder or a zip archive works without it: models import DIR"
                              .formatted(model, e.getMessage()),
                          e));
      log.warn("The hub does not answer; {} is taken as it is in {}", model, known);
      return known;
    }
    Path snapshot = folder.resolve("snapshots").resolve(revision.commit());
    progress.begins(title, Step.DOWNLOAD);
    try {
      new HubFiles(revision.files())
          .fetch(file -> fetch(model, revision.commit(), file, folder, title, progress));
    } catch (DownloadException e) {
      throw new CheckpointException(e.getMessage(), e);
    }
    if (!model.revisionOrNewest().equals(revision.commit())) {
      Path reference = folder.resolve("refs").resolve(model.revisionOrNewest());
      Files.createDirectories(Objects.requireNonNull(reference.getParent()));
      byte[] commit = revision.commit().getBytes(StandardCharsets.UTF_8);
      AtomicFiles.replace(
          reference, channel -> AtomicFiles.writeFully(channel, ByteBuffer.wrap(commit)));
    }
    return snapshot;
  }

  private static Optional<Path> cached(Path folder, HubId model) throws IOException {
    String revision = model.revisionOrNewest();
    Path reference = folder.resolve("refs").resolve(revision).normalize();
    String commit =
        reference.startsWith(folder) && Files.isRegularFile(reference)
            ? Files.readString(reference).strip()
            : revision;
    Path snapshots = folder.resolve("snapshots");
    Path snapshot = snapshots.resolve(commit).normalize();
    return snapshots.equals(snapshot.getParent()) && Files.isDirectory(snapshot)
        ? Optional.of(snapshot)
        : Optional.empty();
  }

  Path fetch(
      HubId model, String commit, HubFile file, Path folder, String title, ImportProgress progress)
      throws IOException {
    Path target = folder.resolve("snapshots").resolve(commit).resolve(file.path());
    if (Files.isRegularFile(target)) {
      return target;
    }
    Path blobs = Files.createDirectories(folder.resolve("blobs"));
    Optional<String> checksum = file.sha256().or(file::gitBlob);
    if (checksum.isEmpty() || !Files.isRegularFile(blobs.resolve(checksum.get()))) {
      Path download =
          Files.createDirectories(downloads.resolve(model.localName())) // its import holds a lock
              .resolve(checksum.orElse(UUID.randomUUID().toString()));
      try {
        client.fetch(
            model,
            commit,
            file,
            download,
            bytes -> progress.received(title, file.path(), bytes, file.size().orElse(-1)));
        String blob = gitBlob(download);
        if (file.sha256().isEmpty() && !file.gitBlob().orElse(blob).equals(blob)) {
          throw new CheckpointException(
              "%s of %s has the checksum %s, but %s is expected; nothing was kept"
                  .formatted(file.path(), model, blob, file.gitBlob().get()));
        }
        checksum = Optional.of(checksum.orElse(blob));
        Path staged = blobs.resolve("." + UUID.randomUUID() + ".tmp");
        Files.move(download, staged); // perhaps from another disk
        Files.move(staged, blobs.resolve(checksum.get()), StandardCopyOption.ATOMIC_MOVE);
      } finally {
        Files.deleteIfExists(download);
      }
    }
    link(target, blobs.resolve(checksum.get()));
    return target;
  }

  /** A relative link, as the cache may be moved; where links are not allowed, a copy. */
  private static void link(Path target, Path blob) throws IOException {
    Path parent = Objects.requireNonNull(target.getParent());
    Files.createDirectories(parent);
    try {
      Files.createSymbolicLink(target, parent.relativize(blob));
    } catch (FileAlreadyExistsException e) {
      log.debug("{} is there already: another process made it", target, e);
    } catch (UnsupportedOperationException | FileSystemException e) {
      log.debug("No links here: {}", e.toString());
      Path staged = target.resolveSibling("." + UUID.randomUUID() + ".tmp");
      Files.copy(blob, staged);
      Files.move(staged, target, StandardCopyOption.ATOMIC_MOVE);
    }
  }

  /** Git's name for a content. */
  private static String gitBlob(Path file) throws IOException {
    MessageDigest digest;
    try {
      digest = MessageDigest.getInstance("SHA-1");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-1", e);
    }
    digest.update("blob %d\0".formatted(Files.size(file)).getBytes(StandardCharsets.US_ASCII));
    try (InputStream in = Files.newInputStream(file)) {
      byte[] buffer = new byte[1 << 16];
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        digest.update(buffer, 0, n);
      }
    }
    return HexFormat.of().formatHex(digest.digest());
  }
}
