package io.sentencestreams.trainer.download;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.sentencestreams.model.download.DownloadException;
import io.sentencestreams.model.download.Downloader;
import io.sentencestreams.model.download.Retries;
import io.sentencestreams.model.internal.Sha256;
import io.sentencestreams.trainer.download.DatasetCatalogue.Dataset;
import io.sentencestreams.trainer.download.DatasetCatalogue.RemoteFile;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Fetches from a server in this process, which can break off and change its mind. */
class DatasetFetcherTest {
  private static final DatasetFetcher.Progress SILENT = (file, bytes) -> {};

  @TempDir private Path folder;
  private HttpServer server;
  private final List<String> ranges = new ArrayList<>();
  private byte[] content = new byte[300_000];
  private String tag = "\"one\"";

  /** Bytes of the answer after which the connection breaks; -1 for none. */
  private int breakAfter = -1;

  @BeforeEach
  void start() throws IOException {
    new Random(1).nextBytes(content);
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/data/", this::answer);
    server.createContext("/moved/", this::redirect);
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  private void redirect(HttpExchange exchange) throws IOException {
    try (exchange) {
      exchange.getResponseHeaders().set("Location", "/data/file.tsv");
      exchange.sendResponseHeaders(302, -1);
    }
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      String range = exchange.getRequestHeaders().getFirst("Range");
      ranges.add(String.valueOf(range));
      exchange.getResponseHeaders().set("ETag", tag);
      int from = 0;
      if (range != null && tag.equals(exchange.getRequestHeaders().getFirst("If-Range"))) {
        from = Integer.parseInt(range.substring("bytes=".length(), range.length() - 1));
        exchange
            .getResponseHeaders()
            .set(
                "Content-Range",
                "bytes %d-%d/%d".formatted(from, content.length - 1, content.length));
      }
      exchange.sendResponseHeaders(from > 0 ? 206 : 200, content.length - from);
      OutputStream out = exchange.getResponseBody();
      int end = breakAfter < 0 ? content.length : from + breakAfter;
      out.write(content, from, end - from);
      out.flush();
    }
  }

  private URI uri(String path) {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + path);
  }

  /** One that gives up at the first failure. */
  private DatasetFetcher fetcher(String name) {
    Retries none = new Retries(0, wait -> {});
    return new DatasetFetcher(folder.resolve(name), new Downloader(none));
  }

  private Dataset dataset(String path, String sha256) {
    return new Dataset("set", "a set", List.of(new RemoteFile(uri(path), sha256)));
  }

  private String digest() throws IOException {
    return Sha256.of(Files.write(folder.resolve("expected"), content));
  }

  @Test
  void shouldFetchAFileOnce() throws IOException {
    DatasetFetcher fetcher = fetcher("datasets");
    List<Long> progress = new ArrayList<>();
    DatasetFetcher.Result result =
        fetcher.fetch(dataset("/moved/file.tsv", digest()), (file, bytes) -> progress.add(bytes));
    assertThat(result.files()).containsExactly(folder.resolve("datasets/set/file.tsv"));
    assertThat(result.files().get(0)).hasBinaryContent(content);
    assertThat(result.checksums()).containsEntry("file.tsv", digest());
    assertThat(progress).isSorted().endsWith((long) content.length);
    fetcher.fetch(dataset("/data/file.tsv", digest()), SILENT);
    assertThat(ranges).hasSize(1);
  }

  @Test
  void shouldGoOnWhereABrokenDownloadEnded() throws IOException {
    DatasetFetcher fetcher = fetcher("datasets");
    breakAfter = 100_000;
    assertThatThrownBy(() -> fetcher.fetch(dataset("/data/file.tsv", digest()), SILENT))
        .isInstanceOf(DownloadException.class)
        .hasMessageContaining("cannot fetch " + uri("/data/file.tsv"))
        .hasMessageContaining("run it again to go on");
    assertThat(folder.resolve("datasets/set/file.tsv")).doesNotExist();
    long have = Files.size(folder.resolve("datasets/set/file.tsv.part"));
    assertThat(have).isPositive().isLessThan(content.length);
    breakAfter = -1;
    DatasetFetcher.Result result = fetcher.fetch(dataset("/data/file.tsv", digest()), SILENT);
    assertThat(ranges).containsExactly("null", "bytes=" + have + "-");
    assertThat(result.files()).containsExactly(folder.resolve("datasets/set/file.tsv"));
    assertThat(result.files().get(0)).hasBinaryContent(content);
  }

  @Test
  void shouldBeginAnewWhereTheFileHasChangedMeanwhile() throws IOException {
    DatasetFetcher fetcher = fetcher("datasets");
    breakAfter = 100_000;
    assertThatThrownBy(() -> fetcher.fetch(dataset("/data/file.tsv", null), SILENT))
        .isInstanceOf(DownloadException.class);
    breakAfter = -1;
    tag = "\"two\"";
    content = Arrays.copyOf(content, 150_000);
    content[0]++;
    DatasetFetcher.Result result = fetcher.fetch(dataset("/data/file.tsv", null), SILENT);
    assertThat(result.files().get(0)).hasBinaryContent(content);
  }

  @Test
  void shouldKeepNothingThatHasAnotherChecksum() {
    DatasetFetcher fetcher = fetcher("datasets");
    assertThatThrownBy(() -> fetcher.fetch(dataset("/data/file.tsv", "00ff"), SILENT))
        .isInstanceOf(DownloadException.class)
        .hasMessageContaining("00ff is expected");
    assertThat(folder.resolve("datasets/set")).isEmptyDirectory();
  }

  @Test
  void shouldSayWhereToPutAFileThatCannotBeReached() throws IOException {
    int port;
    try (ServerSocket free = new ServerSocket(0, 0, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    RemoteFile file = new RemoteFile(URI.create("http://127.0.0.1:" + port + "/a.zip"), null);
    Dataset dataset = new Dataset("set", "a set", List.of(file));
    assertThatThrownBy(() -> new DatasetFetcher(folder).fetch(dataset, SILENT))
        .isInstanceOf(DownloadException.class)
        .hasMessageContaining("cannot fetch http://127.0.0.1:" + port + "/a.zip: ConnectException")
        .hasMessageContaining("put it at " + folder.resolve("set/a.zip"));
    server.createContext("/gone", exchange -> exchange.sendResponseHeaders(404, -1));
    assertThatThrownBy(
            () -> new DatasetFetcher(folder).fetch(dataset("/gone/file.tsv", null), SILENT))
        .hasMessageContaining("the server answers with status 404");
  }

  private static byte[] zip(String... entries) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      for (String name : entries) {
        zip.putNextEntry(new ZipEntry(name));
        zip.write(name.getBytes(StandardCharsets.UTF_8));
        zip.closeEntry();
      }
    }
    return bytes.toByteArray();
  }

  @Test
  void shouldUnpackAnArchiveWithOrWithoutAFolderOfItsName() throws IOException {
    content = zip("data/train.tsv", "data/more/dev.tsv");
    DatasetFetcher fetcher = new DatasetFetcher(folder.resolve("a"));
    assertThat(fetcher.fetch(dataset("/data/data.zip", digest()), SILENT).files())
        .containsExactly(
            folder.resolve("a/set/data/more/dev.tsv"), folder.resolve("a/set/data/train.tsv"));
    content = zip("train.tsv");
    DatasetFetcher other = new DatasetFetcher(folder.resolve("b"));
    assertThat(other.fetch(dataset("/data/data.zip", null), SILENT).files())
        .containsExactly(folder.resolve("b/set/data/train.tsv"));
    assertThat(folder.resolve("b/set/data/train.tsv")).hasContent("train.tsv");
  }

  @Test
  void shouldRefuseAnArchiveThatLeavesItsFolderAndOneThatIsNone() throws IOException {
    content = zip("fine.tsv", "../../evil.tsv");
    DatasetFetcher fetcher = new DatasetFetcher(folder.resolve("a"));
    assertThatThrownBy(() -> fetcher.fetch(dataset("/data/data.zip", null), SILENT))
        .isInstanceOf(DownloadException.class)
        .hasMessageContaining("an entry outside of its folder: ../../evil.tsv");
    assertThat(folder.resolve("a/evil.tsv")).doesNotExist();
    assertThat(folder.resolve("a/set/data")).doesNotExist();
    content = "<html>moved</html>".getBytes(StandardCharsets.UTF_8);
    assertThatThrownBy(
            () ->
                new DatasetFetcher(folder.resolve("b"))
                    .fetch(dataset("/data/data.zip", null), SILENT))
        .isInstanceOf(DownloadException.class)
        .hasMessageContaining("is no archive");
  }

  @Test
  void shouldKnowTheDataSetsOfTheReferencesExamples() {
    DatasetCatalogue catalogue = DatasetCatalogue.standard();
    assertThat(catalogue.find("AllNLI").files().get(0).name()).isEqualTo("AllNLI.zip");
    assertThat(catalogue.find("stsbenchmark").files().get(0).url())
        .hasScheme("https")
        .hasHost("public.ukp.informatik.tu-darmstadt.de");
    assertThatThrownBy(() -> catalogue.find("AllNLP"))
        .isInstanceOf(DownloadException.class)
        .hasMessageContaining("AllNLP")
        .hasMessageContaining("stsbenchmark");
  }

  @Test
  void shouldNameACatalogueThatIsNone() throws IOException {
    Path file = Files.writeString(folder.resolve("mine.json"), "[{\"name\": \"x\"}]");
    assertThatThrownBy(() -> DatasetCatalogue.of(file))
        .isInstanceOf(DownloadException.class)
        .hasMessageContaining(file + " is no catalogue of data sets");
  }
}
