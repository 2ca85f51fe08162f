package io.sentencestreams.schemas;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;

/**
 * A real Apicurio Registry: its published distribution, which the build has unpacked, as a process
 * of its own with its storage in memory.
 */
final class ApicurioProcess implements AutoCloseable {
  private static final Path DISTRIBUTION =
      Path.of(System.getProperty("sentencestreams.root"), "schemas/target/apicurio");
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  private final Process process;
  private final Path log;
  private final String url;

  /** Starts it and waits until it says that it is ready; what it prints goes to a file. */
  ApicurioProcess(Path log) throws IOException {
    this.log = log;
    int port = freePort();
    this.url = "http://localhost:" + port;
    ProcessBuilder builder =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            // The fast compiler alone: it lives for seconds.
            "-XX:TieredStopAtLevel=1",
            "-Xmx256m",
            "-jar",
            runner().toString());
    builder.environment().put("QUARKUS_HTTP_HOST", "localhost");
    builder.environment().put("QUARKUS_HTTP_PORT", Integer.toString(port));
    builder.redirectErrorStream(true).redirectOutput(log.toFile());
    process = builder.start();
    await().atMost(PATIENCE).until(this::isReady);
  }

  /** Where Confluent's clients find it. */
  String confluentUrl() {
    return url + "/apis/ccompat/v7";
  }

  /** Where its own clients find it. */
  String apicurioUrl() {
    return url + "/apis/registry/v3";
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }

  private boolean isReady() throws IOException, InterruptedException {
    if (!process.isAlive()) {
      throw new AssertionError("the registry has ended:\n" + Files.readString(log));
    }
    try {
      URI health = URI.create(url + "/health/ready");
      HttpRequest request = HttpRequest.newBuilder(health).build();
      return HTTP.send(request, BodyHandlers.discarding()).statusCode() == 200;
    } catch (ConnectException e) {
      return false;
    }
  }

  private static Path runner() {
    try (Stream<Path> files = Files.list(DISTRIBUTION)) {
      return files
          .filter(file -> file.toString().endsWith("-runner.jar"))
          .findFirst()
          .orElseThrow(() -> new AssertionError("no runner in " + DISTRIBUTION));
    } catch (IOException e) {
      throw new UncheckedIOException(
          "the registry is not unpacked: mvn -pl schemas process-test-resources", e);
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}
