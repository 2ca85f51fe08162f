package io.sentencestreams.trainer.download;

import io.sentencestreams.model.internal.AtomicFiles;
import io.sentencestreams.model.internal.Sha256;
import io.sentencestreams.trainer.download.DatasetCatalogue.RemoteFile;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.function.LongConsumer;

/**
 * Fetches files over HTTP. What has come before an interruption is kept beside the target and not
 * fetched again, if the server says that the file is still the same; a file appears under its name
 * when it is whole and its checksum is right.
 */
final class Downloader {
  private static final Duration CONNECT = Duration.ofSeconds(20);
  private static final int OK = 200;
  private static final int PARTIAL = 206;
  private static final int RANGE_NOT_SATISFIABLE = 416;

  private final HttpClient client =
      HttpClient.newBuilder()
          .connectTimeout(CONNECT)
          .followRedirects(HttpClient.Redirect.NORMAL)
          .build();

  /**
   * Fetches a file.
   *
   * @param progress hears how many bytes are there
   * @return the SHA-256 of what is there now
   * @throws DownloadException if it cannot be fetched, or its checksum is another
   */
  String fetch(RemoteFile file, Path target, LongConsumer progress) {
    Path part = target.resolveSibling(target.getFileName() + ".part");
    Path tag = target.resolveSibling(target.getFileName() + ".etag");
    try {
      transfer(file.url(), part, tag, progress);
      String digest = Sha256.of(part);
      if (file.sha256() != null && !file.sha256().equalsIgnoreCase(digest)) {
        Files.delete(part);
        Files.deleteIfExists(tag);
        throw new DownloadException(
            "%s has the checksum %s, but %s is expected: it was changed where it is published, or on its way; nothing was kept"
                .formatted(file.url(), digest, file.sha256()));
      }
      Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
      AtomicFiles.forceDirectory(Objects.requireNonNull(target.toAbsolutePath().getParent()));
      Files.deleteIfExists(tag);
      return digest;
    } catch (IOException e) {
      String kept = Files.exists(part) ? "; what has come is kept: run it again to go on" : "";
      throw new DownloadException(
          "cannot fetch %s: %s%s. Without a network, fetch it elsewhere and put it at %s"
              .formatted(file.url(), reason(e), kept, target),
          e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new DownloadException("interrupted while fetching " + file.url(), e);
    }
  }

  private static String reason(IOException e) {
    // The client's own exceptions often have no message, only a cause or a telling name.
    return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
  }

  private void transfer(URI url, Path part, Path tag, LongConsumer progress)
      throws IOException, InterruptedException {
    long have = Files.exists(part) && Files.exists(tag) ? Files.size(part) : 0;
    HttpRequest.Builder request = HttpRequest.newBuilder(url);
    if (have > 0) {
      request.header("Range", "bytes=" + have + "-");
      request.header("If-Range", Files.readString(tag));
    }
    HttpResponse<InputStream> response =
        client.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
    try (InputStream body = response.body()) {
      int status = response.statusCode();
      if (status == RANGE_NOT_SATISFIABLE && have > 0) {
        Files.delete(part);
        Files.delete(tag);
        transfer(url, part, tag, progress);
        return;
      }
      boolean goesOn = status == PARTIAL && isFrom(response, have);
      if (status != OK && !goesOn) {
        throw new IOException("the server answers with status " + status);
      }
      keepTag(response, tag, goesOn);
      write(body, part, goesOn ? have : 0, progress);
    }
    Optional<Long> length = length(response);
    long size = Files.size(part);
    if (length.isPresent() && size != length.get()) {
      throw new IOException("only %d of %d bytes have come".formatted(size, length.get()));
    }
  }

  private static boolean isFrom(HttpResponse<?> response, long have) {
    return response
        .headers()
        .firstValue("Content-Range")
        .filter(range -> range.startsWith("bytes " + have + "-"))
        .isPresent();
  }

  /** Without a strong tag nothing says that the rest belongs to what is there. */
  private static void keepTag(HttpResponse<?> response, Path tag, boolean goesOn)
      throws IOException {
    Optional<String> found =
        response.headers().firstValue("ETag").filter(value -> value.startsWith("\""));
    if (found.isPresent()) {
      Files.writeString(tag, found.get(), StandardCharsets.UTF_8);
    } else if (!goesOn) {
      Files.deleteIfExists(tag);
    }
  }

  /** How long the whole file is. */
  private static Optional<Long> length(HttpResponse<?> response) {
    if (response.statusCode() == PARTIAL) {
      return response
          .headers()
          .firstValue("Content-Range")
          .map(range -> range.substring(range.indexOf('/') + 1))
          .filter(total -> total.matches("\\d+"))
          .map(Long::valueOf);
    }
    long length = response.headers().firstValueAsLong("Content-Length").orElse(-1);
    return length < 0 ? Optional.empty() : Optional.of(length);
  }

  private static void write(InputStream body, Path part, long have, LongConsumer progress)
      throws IOException {
    StandardOpenOption mode =
        have > 0 ? StandardOpenOption.APPEND : StandardOpenOption.TRUNCATE_EXISTING;
    try (OutputStream out =
        Files.newOutputStream(part, StandardOpenOption.CREATE, StandardOpenOption.WRITE, mode)) {
      byte[] buffer = new byte[1 << 16];
      long size = have;
      for (int n = body.read(buffer); n >= 0; n = body.read(buffer)) {
        out.write(buffer, 0, n);
        size += n;
        progress.accept(size);
      }
    }
  }
}
