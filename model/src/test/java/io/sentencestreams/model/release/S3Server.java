package io.sentencestreams.model.release;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** S3Proxy, with its objects in memory, as a process of its own. */
final class S3Server implements AutoCloseable {
  static final String KEY_ID = "the-key";
  static final String SECRET = "the-secret";

  private static final Path ARCHIVE =
      Path.of(
          System.getProperty("sentencestreams.root"),
          "model/target/s3proxy/s3proxy-jar-with-dependencies.jar");
  private static final Duration PATIENCE = Duration.ofMinutes(5);

  private final Process process;
  private final int port;

  /** Starts it and waits until it answers. */
  S3Server(Path folder) throws IOException {
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    Path config = folder.resolve("s3proxy.conf");
    Files.writeString(
        config,
        """
        s3proxy.authorization=aws-v2-or-v4
        s3proxy.endpoint=http://127.0.0.1:%d
        s3proxy.identity=%s
        s3proxy.credential=%s
        jclouds.provider=transient-nio2
        jclouds.identity=none
        jclouds.credential=none
        """
            .formatted(port, KEY_ID, SECRET));
    Path log = folder.resolve("s3proxy.log");
    process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                // The fast compiler alone: it lives for seconds.
                "-XX:TieredStopAtLevel=1",
                "-Xmx256m",
                "-jar",
                ARCHIVE.toString(),
                "--properties",
                config.toString())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    await()
        .atMost(PATIENCE)
        .until(
            () -> {
              if (!process.isAlive()) {
                throw new AssertionError("S3Proxy has ended:\n" + Files.readString(log));
              }
              return listens();
            });
  }

  private boolean listens() {
    try (Socket socket = new Socket()) {
      socket.connect(address());
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  InetSocketAddress address() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
  }

  URI endpoint() {
    return URI.create("http://127.0.0.1:" + port);
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
