package io.sentencestreams.model.download;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What else can happen on the way: resuming and checksums are in the tests of data sets. */
class DownloaderTest {
  @TempDir private Path folder;
  private HttpServer server;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final CountDownLatch over = new CountDownLatch(1);

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.createContext("/silent", this::fallSilent);
    server.createContext("/large", this::large);
    server.createContext("/round", DownloaderTest::sendRound);
    server.start();
  }

  @AfterEach
  void stop() {
    over.countDown();
    server.stop(0);
    threads.shutdown();
  }

  private void fallSilent(HttpExchange exchange) throws IOException {
    try (exchange) {
      exchange.sendResponseHeaders(200, 1000);
      exchange.getResponseBody().write(new byte[10]);
      exchange.getResponseBody().flush();
      over.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void large(HttpExchange exchange) throws IOException {
    try (exchange) {
      boolean said = exchange.getRequestURI().getPath().endsWith("said");
      exchange.sendResponseHeaders(200, said ? 5000 : 0);
      exchange.getResponseBody().write(new byte[5000]);
    }
  }

  private static void sendRound(HttpExchange exchange) throws IOException {
    try (exchange) {
      exchange.getResponseHeaders().set("Location", "/round");
      exchange.sendResponseHeaders(302, -1);
    }
  }

  private Source source(String path, long most) {
    URI url = URI.create("http://127.0.0.1:" + server.getAddress().getPort() + path);
    return new Source(url, Optional.empty(), Optional.empty(), most);
  }

  private void fetch(String path, long most) {
    fetch(path, most, Duration.ofMinutes(1));
  }

  private void fetch(String path, long most, Duration silence) {
    new Downloader(new Retries(0, wait -> {}), silence)
        .fetch(source(path, most), folder.resolve("file"), bytes -> {});
  }

  @Test
  void shouldNotWaitForEverForAServerThatFallsSilent() {
    fetch("/large/said", 5000); // the first of a process takes longer than those that follow
    assertThatThrownBy(() -> fetch("/silent", 5000, Duration.ofSeconds(3)))
        .isInstanceOf(DownloadException.class)
        .hasMessageContaining("nothing came for")
        .hasMessageContaining("what has come is kept");
  }

  @Test
  void shouldKeepNothingOfWhatIsTooLargeWhetherTheServerSaysSoOrNot() {
    for (String path : new String[] {"/large/said", "/large/unsaid"}) {
      assertThatThrownBy(() -> fetch(path, 4999))
          .isInstanceOf(DownloadException.class)
          .hasMessageContaining("the most that is taken is 4999");
      assertThat(folder).isEmptyDirectory();
    }
    fetch("/large/unsaid", 5000);
    assertThat(folder.resolve("file")).hasSize(5000);
  }

  @Test
  void shouldNotFollowAServerThatSendsRoundInCircles() {
    assertThatThrownBy(() -> fetch("/round", 5000))
        .isInstanceOf(DownloadException.class)
        .hasMessageContaining("sends on more than 10 times");
  }

  @Test
  void shouldNotPrintWhatIsSecret() {
    URI url = URI.create("https://me:password@example.org/a.zip?signature=hidden");
    Source source = new Source(url, Optional.of("Bearer token"), Optional.empty(), 1);
    assertThat(source).hasToString("https://example.org/a.zip");
    assertThatThrownBy(() -> new Source(URI.create("file:///etc/passwd"), Optional.empty()))
        .isInstanceOf(DownloadException.class)
        .hasMessageContaining("http or https");
  }
}
