package io.sentencestreams.model.repository;

import io.sentencestreams.model.checkpoint.CheckpointException;
import io.sentencestreams.model.download.DownloadException;
import io.sentencestreams.model.download.Downloader;
import io.sentencestreams.model.download.Source;
import io.sentencestreams.model.internal.Sha256;
import io.sentencestreams.model.repository.ImportProgress.Step;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;

/** Fetches a zip archive and unpacks it; what came before an interruption is kept. */
final class UrlImport implements ModelImport {
  static final String SOURCE = "url:";
  private static final String ZIP = ".zip";

  private final Source url;
  private final String name;
  private final Downloader downloader;
  private final Path downloads;
  private String digest;

  /**
   * For an address.
   *
   * @param downloads a folder for what has come in part
   * @throws CheckpointException if it is none
   */
  UrlImport(String url, Optional<String> sha256, Downloader downloader, Path downloads) {
    try {
      this.url = new Source(URI.create(url), sha256);
    } catch (IllegalArgumentException | DownloadException e) {
      throw new CheckpointException("%s is no address: %s".formatted(url, e.getMessage()), e);
    }
    this.name = name(this.url.url());
    this.downloader = downloader;
    this.downloads = downloads;
  }

  static boolean isUrl(String text) {
    String lower = text.toLowerCase(Locale.ROOT);
    return lower.startsWith("http://") || lower.startsWith("https://");
  }

  private static String name(URI url) {
    String path = Objects.toString(url.getPath(), "").replaceAll("/+$", "");
    String last = path.substring(path.lastIndexOf('/') + 1);
    return last.toLowerCase(Locale.ROOT).endsWith(ZIP)
        ? last.substring(0, last.length() - ZIP.length())
        : last;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public String source() {
    return "%s sha256:%s".formatted(origin(), Objects.requireNonNull(digest, "not fetched yet"));
  }

  private String origin() {
    String query = url.url().getRawQuery();
    // It may hold a signature, so it is not written down.
    return query == null
        ? SOURCE + url
        : "%s%s query:%s".formatted(SOURCE, url, Sha256.ofText(query).substring(0, 16));
  }

  /** Whether a model was imported from here, with the checksum that is asked for. */
  boolean isSource(String source) {
    return source.startsWith(origin() + " ")
        && url.sha256()
            .map(sha -> source.endsWith("sha256:" + sha.toLowerCase(Locale.ROOT)))
            .orElse(true);
  }

  @Override
  public void writeTo(Path checkpoint, Path scratch, ImportProgress progress) throws IOException {
    progress.begins(name, Step.DOWNLOAD);
    Path archive = Files.createDirectories(downloads).resolve(name + ZIP);
    try {
      digest =
          downloader.fetch(url, archive, bytes -> progress.received(name, name + ZIP, bytes, -1));
    } catch (DownloadException e) {
      throw new CheckpointException(e.getMessage(), e);
    }
    try {
      new ZipImport(archive, name).writeTo(checkpoint, scratch, progress);
    } finally {
      Files.deleteIfExists(archive);
    }
  }
}
