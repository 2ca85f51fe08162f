package io.sentencestreams.tests.crash;

import static org.awaitility.Awaitility.await;

import io.sentencestreams.model.release.ReleaseStore;
import io.sentencestreams.model.release.ReleaseStores;
import io.sentencestreams.model.release.S3Options;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;

/**
 * S3Proxy, which the build of the module of models has fetched, as a process of its own with an
 * empty bucket in memory. Credentials are this process's system properties meanwhile.
 */
final class S3Process implements AutoCloseable {
  private static final String PLACE = "s3://models/releases";
  private static final Map<String, String> CREDENTIALS =
      Map.of("aws.accessKeyId", "the-key", "aws.secretAccessKey", "the-secret");

  private final Process process;
  private final int port;

  /** Starts it and waits until it answers. */
  S3Process(Path folder) throws IOException {
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    Path config = folder.resolve("s3proxy.conf");
    Files.writeString(
        config,
        """
        s3proxy.authorization=aws-v2-or-v4
        s3proxy.endpoint=%s
        s3proxy.identity=the-key
        s3proxy.credential=the-secret
        jclouds.provider=transient-nio2
        jclouds.identity=none
        jclouds.credential=none
        """
            .formatted(endpoint()));
    Path log = folder.resolve("s3proxy.log");
    process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                // The fast compiler alone: it lives for seconds.
                "-XX:TieredStopAtLevel=1",
                "-Xmx256m",
                "-jar",
                System.getProperty("sentencestreams.root")
                    + "/model/target/s3proxy/s3proxy-jar-with-dependencies.jar",
                "--properties",
                config.toString())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    await()
        .atMost(CrashRun.PATIENCE)
        .until(
            () -> {
              if (!process.isAlive()) {
                throw new AssertionError("S3Proxy has ended:\n" + Files.readString(log));
              }
              return listens();
            });
    CREDENTIALS.forEach(System::setProperty);
    try (S3Client client =
        S3Client.builder()
            .httpClientBuilder(UrlConnectionHttpClient.builder())
            .endpointOverride(URI.create(endpoint()))
            .forcePathStyle(true)
            .region(Region.US_EAST_1)
            .build()) {
      client.createBucket(bucket -> bucket.bucket("models"));
    }
  }

  private boolean listens() {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  private String endpoint() {
    return "http://127.0.0.1:" + port;
  }

  /** The store that programs with {@link #properties} use; the caller closes it. */
  ReleaseStore store() {
    return ReleaseStores.open(PLACE, S3Options.of(endpoint(), null, true));
  }

  Map<String, String> properties() {
    return Map.of("releases.folder", PLACE, "releases.s3.endpoint", endpoint());
  }

  /** What a JVM needs that shall reach it. */
  static List<String> jvmOptions() {
    return CREDENTIALS.entrySet().stream()
        .map(entry -> "-D" + entry.getKey() + "=" + entry.getValue())
        .toList();
  }

  @Override
  public void close() {
    CREDENTIALS.keySet().forEach(System::clearProperty);
    process.destroyForcibly();
  }
}
