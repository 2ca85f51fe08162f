package io.sentencestreams.model.download;

import io.sentencestreams.model.internal.AtomicFiles;
import io.sentencestreams.model.internal.Sha256;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.LongConsumer;

/**
 * Fetches files over HTTP. What has come before an interruption is kept beside the target and not
 * fetched again, if the server says that the file is still the same; a file appears under its name
 * when it is whole and its checksum is right. Thread-safe for different targets.
 */
public final class Downloader {
  private static final Duration CONNECT = Duration.ofSeconds(20);
  private static final Duration SILENCE = Duration.ofSeconds(60);
  private static final int MOST_REDIRECTS = 10;
  private static final int OK = 200;
  private static final int PARTIAL = 206;
  private static final int RANGE_NOT_SATISFIABLE = 416;

  /** A try that brings as much counts as progress. */
  private static final long PROGRESS = 1 << 20;

  private HttpClient client;
  private final Retries retries;
  private final Duration silence;

  /** One that tries again as {@link Retries#DEFAULT} says. */
  public Downloader() {
    this(Retries.DEFAULT);
  }

  /** One with retries of its own. */
  public Downloader(Retries retries) {
    this(retries, SILENCE);
  }

  Downloader(Retries retries, Duration silence) {
    this.retries = retries;
    this.silence = silence;
  }

  /**
   * Fetches a file.
   *
   * @param target where {@code .part} and {@code .etag} beside it are what came before
   * @param progress hears how many bytes are there
   * @return the SHA-256 of what is there now
   * @throws DownloadException if it cannot be fetched, is larger than it may be, or has another
   *     checksum
   */
  public String fetch(Source source, Path target, LongConsumer progress) {
    Path part = target.resolveSibling(target.getFileName() + ".part");
    Path tag = target.resolveSibling(target.getFileName() + ".etag");
    try {
      transfer(source, part, tag, progress);
      String digest = Sha256.of(part);
      if (source.sha256().isPresent() && !source.sha256().get().equalsIgnoreCase(digest)) {
        Files.delete(part);
        Files.deleteIfExists(tag);
        throw new DownloadException(
            "%s has the checksum %s, but %s is expected: it was changed where it is published, or on its way; nothing was kept"
                .formatted(source, digest, source.sha256().get()));
      }
      Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
      AtomicFiles.forceDirectory(Objects.requireNonNull(target.toAbsolutePath().getParent()));
      Files.deleteIfExists(tag);
      return digest;
    } catch (IOException e) {
      String kept = Files.exists(part) ? "; what has come is kept: run it again to go on" : "";
      throw new DownloadException("cannot fetch %s: %s%s".formatted(source, reason(e), kept), e);
    } catch (InterruptedException e) {
      throw interrupted(source, e);
    }
  }

  /**
   * Reads a small answer.
   *
   * @throws DownloadException if there is none, or it is larger than it may be
   */
  public byte[] read(Source source) {
    try {
      for (int failures = 1; ; failures++) {
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        try {
          HttpResponse<Body> response = send(source, 0, "");
          try (Body body = response.body()) {
            if (response.statusCode() != OK) {
              throw new HttpAnswer(response.statusCode(), response.headers());
            }
            copy(body, content, 0, source, bytes -> {});
          }
          return content.toByteArray();
        } catch (IOException e) {
          retries.await(e, failures);
        }
      }
    } catch (IOException e) {
      throw new DownloadException("cannot read %s: %s".formatted(source, reason(e)), e);
    } catch (InterruptedException e) {
      throw interrupted(source, e);
    }
  }

  private static DownloadException interrupted(Source source, InterruptedException e) {
    Thread.currentThread().interrupt();
    return new DownloadException("interrupted while fetching " + source, e);
  }

  private static String reason(IOException e) {
    // The client's own exceptions often have no message, only a cause or a telling name.
    return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
  }

  private void transfer(Source source, Path part, Path tag, LongConsumer progress)
      throws IOException, InterruptedException {
    int failures = 0;
    while (true) {
      long before = Files.exists(part) ? Files.size(part) : 0;
      try {
        attempt(source, part, tag, progress);
        return;
      } catch (IOException e) {
        long now = Files.exists(part) ? Files.size(part) : 0;
        failures = now - before >= PROGRESS ? 1 : failures + 1;
        retries.await(e, failures);
      }
    }
  }

  private void attempt(Source source, Path part, Path tag, LongConsumer progress)
      throws IOException, InterruptedException {
    long have = Files.exists(part) && Files.exists(tag) ? Files.size(part) : 0;
    HttpResponse<Body> response = send(source, have, have > 0 ? Files.readString(tag) : "");
    int status = response.statusCode();
    if (status == RANGE_NOT_SATISFIABLE && have > 0) {
      response.body().close();
      Files.delete(part);
      Files.delete(tag);
      attempt(source, part, tag, progress);
      return;
    }
    Optional<Long> length;
    try (Body body = response.body()) {
      boolean goesOn = status == PARTIAL && isFrom(response, have);
      if (status != OK && !goesOn) {
        throw new HttpAnswer(status, response.headers());
      }
      length = length(response);
      long from = goesOn ? have : 0;
      checkRoom(source, part, length, from);
      if (!goesOn) {
        Files.deleteIfExists(part); // or a kill would leave it beside the tag of another version
      }
      keepTag(response, tag, goesOn);
      StandardOpenOption mode =
          goesOn ? StandardOpenOption.APPEND : StandardOpenOption.TRUNCATE_EXISTING;
      try (OutputStream out =
          Files.newOutputStream(part, StandardOpenOption.CREATE, StandardOpenOption.WRITE, mode)) {
        copy(body, out, from, source, progress);
      } catch (DownloadException e) {
        Files.delete(part); // its beginning is of no use either
        Files.deleteIfExists(tag);
        throw e;
      }
    }
    long size = Files.size(part);
    if (length.isPresent() && size != length.get()) {
      throw new IOException("only %d of %d bytes have come".formatted(size, length.get()));
    }
  }

  /** Sends a request, also where the server points to, from {@code have} bytes on. */
  private HttpResponse<Body> send(Source source, long have, String tag)
      throws IOException, InterruptedException {
    URI url = source.url();
    for (int i = 0; i <= MOST_REDIRECTS; i++) {
      HttpRequest.Builder request = HttpRequest.newBuilder(url).timeout(silence);
      if (source.authorization().isPresent() && isSameOrigin(url, source.url())) {
        request.header("Authorization", source.authorization().get());
      }
      if (have > 0) {
        request.header("Range", "bytes=" + have + "-").header("If-Range", tag);
      }
      HttpResponse<Body> response = client().send(request.build(), info -> new Body(silence));
      Optional<String> location = response.headers().firstValue("Location");
      if (response.statusCode() / 100 != 3 || location.isEmpty()) {
        return response;
      }
      response.body().close();
      URI next = target(url, location.get());
      if (url.getScheme().equalsIgnoreCase("https") && next.getScheme().equalsIgnoreCase("http")) {
        throw new IOException(
            "the server sends on to %s, which is not encrypted".formatted(Source.shown(next)));
      }
      url = next;
    }
    throw new IOException("the server sends on more than %d times".formatted(MOST_REDIRECTS));
  }

  /**
   * Made at its first use, as it costs threads and a tenth of a second. Redirects are followed
   * here, since it would show them the authorization too.
   */
  private synchronized HttpClient client() {
    if (client == null) {
      client =
          HttpClient.newBuilder()
              .connectTimeout(CONNECT)
              .followRedirects(HttpClient.Redirect.NEVER)
              .build();
    }
    return client;
  }

  private static URI target(URI from, String location) throws IOException {
    try {
      return new Source(from.resolve(location), Optional.empty()).url();
    } catch (IllegalArgumentException | DownloadException e) {
      throw new IOException(
          "the server sends on to %s, which is no address".formatted(location), e);
    }
  }

  private static boolean isSameOrigin(URI a, URI b) {
    return a.getScheme().equalsIgnoreCase(b.getScheme())
        && a.getHost().equalsIgnoreCase(b.getHost())
        && a.getPort() == b.getPort();
  }

  private static void checkRoom(Source source, Path part, Optional<Long> length, long have)
      throws IOException {
    if (length.isEmpty()) {
      return;
    }
    if (length.get() > source.mostBytes()) {
      throw tooLarge(source, length.get());
    }
    long room =
        Files.getFileStore(Objects.requireNonNull(part.toAbsolutePath().getParent()))
            .getUsableSpace();
    if (length.get() - have > room) {
      throw new DownloadException(
          "%s has %d bytes, and on the disk of %s only %d are free"
              .formatted(source, length.get(), part.getParent(), room));
    }
  }

  private static DownloadException tooLarge(Source source, long size) {
    return new DownloadException(
        "%s has %d bytes or more; the most that is taken is %d"
            .formatted(source, size, source.mostBytes()));
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
          .filter(total -> total.matches("\\d{1,18}"))
          .map(Long::valueOf);
    }
    long length = response.headers().firstValueAsLong("Content-Length").orElse(-1);
    return length < 0 ? Optional.empty() : Optional.of(length);
  }

  private static void copy(
      Body body, OutputStream out, long have, Source source, LongConsumer progress)
      throws IOException, InterruptedException {
    byte[] buffer = new byte[1 << 14];
    long size = have;
    for (List<ByteBuffer> piece = body.next(); piece != null; piece = body.next()) {
      for (ByteBuffer bytes : piece) {
        while (bytes.hasRemaining()) {
          int n = Math.min(buffer.length, bytes.remaining());
          size += n;
          if (size > source.mostBytes()) {
            throw tooLarge(source, size);
          }
          bytes.get(buffer, 0, n);
          out.write(buffer, 0, n);
        }
      }
      progress.accept(size);
    }
  }
}
