package io.sentencestreams.tests.crash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sentencestreams.schemas.EmbeddingRecord;
import io.sentencestreams.tests.Topics;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The broker is killed under the running stream and started again: at once, as often as the system
 * property {@code crash.restarts} says, and after an outage of {@code crash.outage} seconds.
 */
class BrokerOutageTest {
  private static final Duration OUTAGE = Duration.ofSeconds(Integer.getInteger("crash.outage", 5));
  private static final int RESTARTS = Integer.getInteger("crash.restarts", 1);
  private static final int RECORDS_AT_A_TIME = 400;

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(strings = {CrashPoint.Guarantee.EXACTLY_ONCE, CrashPoint.Guarantee.AT_LEAST_ONCE})
  void shouldKeepItsGuaranteeWhenTheBrokerGoesAndComesBack(String guarantee) throws Exception {
    int port = freePort();
    String bootstrapServers = "127.0.0.1:" + port;
    ProgramProcess broker = ProgramProcess.broker(folder, port);
    try (Topics topics = new Topics(bootstrapServers)) {
      Feed feed = CrashRun.feed(topics, RECORDS_AT_A_TIME, 9);
      Topics.Reader<EmbeddingRecord> reader = topics.embeddings(CrashRun.EMBEDDINGS);
      Map<String, String> properties =
          CrashRun.properties(bootstrapServers, folder.resolve("state"), guarantee);
      try (ProgramProcess stream = ProgramProcess.stream(folder, "stream", properties)) {
        for (int restart = 0; restart < RESTARTS; restart++) {
          CrashRun.awaitMore(reader, feed, 100, stream);
          feed.add(RECORDS_AT_A_TIME);
          broker.kill();
          broker = ProgramProcess.broker(folder, port);
        }
        CrashRun.awaitMore(reader, feed, 100, stream);
        feed.add(RECORDS_AT_A_TIME);
        broker.kill();
        await().during(OUTAGE).atMost(OUTAGE.plus(CrashRun.PATIENCE)).until(stream::isAlive);
        broker = ProgramProcess.broker(folder, port);
        CrashRun.awaitDone(topics, reader, feed, stream);
        assertThat(stream.stop()).as(stream::log).isEqualTo(ProgramProcess.SIGTERM_STATUS);
      }
      reader.pollToEnd();
      CrashRun.assertGuarantee(guarantee, reader.records(), feed.texts());
      assertThat(topics.endOffset(CrashRun.DEAD_LETTERS)).isZero();
    } finally {
      broker.close();
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}
