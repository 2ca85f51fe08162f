package io.sentencestreams.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.sentencestreams.app.broker.EmbeddedBroker;
import io.sentencestreams.app.config.AppConfig;
import java.io.IOException;
import java.net.ServerSocket;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class ClusterCheckTest {
  private static EmbeddedBroker broker;

  @BeforeAll
  static void startBroker() throws Exception {
    broker = EmbeddedBroker.start();
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()))) {
      TopicCreation.create(
          admin,
          List.of(
              new NewTopic("texts", 3, (short) 1),
              new NewTopic("embeddings", 3, (short) 1)
                  .configs(Map.of("max.message.bytes", "50000")),
              new NewTopic("dead", 1, (short) 1).configs(Map.of("max.message.bytes", "9000000")),
              new NewTopic("small-segments", 1, (short) 1)
                  .configs(Map.of("max.message.bytes", "9000000", "segment.bytes", "2000000")),
              new NewTopic("tiny", 1, (short) 1).configs(Map.of("max.message.bytes", "5000"))));
    }
  }

  @AfterAll
  static void stopBroker() {
    broker.close();
  }

  @Test
  void shouldFindTheTopicsAndTheLowerOfTheBoundsOnARecord() {
    ClusterCheck.Report report = ClusterCheck.run(config("dead.letter.topic", "dead"));
    assertThat(report.problems()).isEmpty();
    assertThat(report.findings())
        .contains("cluster: 1 broker", "topic texts: 3 partitions", "topic dead: 1 partitions");
    assertThat(report.limits().outputBytes()).isEqualTo(50_000);
    assertThat(report.limits().deadLetterBytes()).isEqualTo(1_048_576); // max.request.size
    assertThat(report.limits().inFlightBytes()).isEqualTo(1_048_576);
  }

  @Test
  void shouldBoundARecordByWhatTheProducerHasRoomForAndByASegment() {
    ClusterCheck.Report report =
        ClusterCheck.run(
            config(
                "dead.letter.topic",
                "small-segments",
                "max.request.size",
                "8000000",
                "buffer.memory",
                "3000000"));
    assertThat(report.problems()).isEmpty();
    assertThat(report.limits().inFlightBytes()).isEqualTo(3_000_000);
    assertThat(report.limits().deadLetterBytes()).isEqualTo(2_000_000);
  }

  @Test
  void shouldRefuseATopicOfDeadLettersThatTakesNoReason() {
    assertThat(ClusterCheck.run(config("dead.letter.topic", "tiny")).problems())
        .singleElement()
        .asString()
        .contains("dead.letter.topic", "tiny", "5000", "max.message.bytes");
  }

  @Test
  void shouldNameEachTopicThatIsMissingWithItsKey() {
    ClusterCheck.Report report = ClusterCheck.run(config("input.topics", "texts,txets"));
    assertThat(report.problems())
        .hasSize(2)
        .anySatisfy(
            problem ->
                assertThat(problem)
                    .startsWith("input.topics")
                    .contains("topic txets does not exist"))
        .anySatisfy(
            problem ->
                assertThat(problem)
                    .startsWith("dead.letter.topic")
                    .contains("embeddings-dead-letters"));
  }

  @Test
  void shouldSayThatNoBrokerAnswersAndWhere() throws IOException {
    int port;
    try (ServerSocket socket = new ServerSocket(0)) {
      port = socket.getLocalPort(); // nobody listens on it once it is closed
    }
    ClusterCheck.Report report =
        ClusterCheck.run(
            config("bootstrap.servers", "127.0.0.1:" + port, "default.api.timeout.ms", "1500"));
    assertThat(report.problems())
        .singleElement()
        .asString()
        .contains("bootstrap.servers: no broker answers at 127.0.0.1:" + port);
  }

  private static AppConfig config(String... pairs) {
    Map<String, Object> properties = new HashMap<>();
    properties.put("bootstrap.servers", broker.bootstrapServers());
    for (int i = 0; i < pairs.length; i += 2) {
      properties.put(pairs[i], pairs[i + 1]);
    }
    return new AppConfig(properties);
  }
}
