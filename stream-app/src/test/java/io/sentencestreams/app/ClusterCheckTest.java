package io.sentencestreams.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.sentencestreams.app.broker.EmbeddedBroker;
import io.sentencestreams.app.config.AppConfig;
import java.io.IOException;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.ClusterAuthorizationException;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.Resource;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;
import org.apache.kafka.metadata.authorizer.StandardAuthorizer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class ClusterCheckTest {
  private static EmbeddedBroker broker;

  @BeforeAll
  static void startBroker() throws Exception {
    broker = EmbeddedBroker.builder().property("socket.request.max.bytes", "10000000").start();
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
              new NewTopic("pairs", 1, (short) 1),
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
  void shouldWarnOfATopicOfClustersThatForgetsThoseThatLive() {
    ClusterCheck.Report report =
        ClusterCheck.run(config("dead.letter.topic", "dead", "clusters.topic", "small-segments"));
    assertThat(report.problems()).isEmpty();
    assertThat(report.findings())
        .anyMatch(
            finding ->
                finding.startsWith("warning: clusters.topic: topic small-segments")
                    && finding.contains("cleanup.policy=delete"));
  }

  @Test
  void shouldFindATopicTooSmallForACluster() {
    ClusterCheck.Report report =
        ClusterCheck.run(config("dead.letter.topic", "dead", "clusters.topic", "tiny"));
    assertThat(report.problems())
        .singleElement()
        .asString()
        .contains("clusters.topic", "5000 bytes", "max.message.bytes");
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
  void shouldRefuseAnotherNumberOfPartitionsThanTheWindowBeganWith() throws Exception {
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()))) {
      TopicCreation.create(admin, List.of(new NewTopic("parted-window-repartition", 3, (short) 1)));
    }
    assertThat(ClusterCheck.run(windowed("parted", "window.partitions", "4")).problems())
        .singleElement()
        .asString()
        .contains("window.partitions", "is 4", "parted-window-repartition", "3 partitions");
    assertThat(ClusterCheck.run(windowed("parted", "window.partitions", "3")).problems()).isEmpty();
  }

  @Test
  void shouldBoundAMessageOfTheWindowByTheInternalTopicsAndByWhatNewOnesWillTake()
      throws Exception {
    assertThat(ClusterCheck.run(windowed("fresh")).limits().windowBytes()).isEqualTo(1_048_576);
    assertThat(
            ClusterCheck.run(windowed("fresh", "topic.max.message.bytes", "200000"))
                .limits()
                .windowBytes())
        .isEqualTo(200_000);
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()))) {
      TopicCreation.create(
          admin,
          List.of(
              new NewTopic("narrow-window-entries-changelog", 4, (short) 1)
                  .configs(Map.of("max.message.bytes", "100000"))));
    }
    assertThat(ClusterCheck.run(windowed("narrow")).limits().windowBytes()).isEqualTo(100_000);
    assertThat(ClusterCheck.run(windowed("new", "topic.max.message.bytes", "5000")).problems())
        .singleElement()
        .asString()
        .contains("duplicates.topic", "5000", "topic.max.message.bytes");
  }

  @Test
  void shouldRefuseATopicOfFirstOccurrencesThatTakesLessThanThatOfEmbeddings() {
    assertThat(ClusterCheck.run(windowed("unique", "unique.topic", "tiny")).problems())
        .singleElement()
        .asString()
        .contains("unique.topic", "tiny", "5000", "embeddings", "50000");
  }

  private static AppConfig windowed(String application, String... keysAndValues) {
    List<String> all =
        new ArrayList<>(
            List.of(
                "dead.letter.topic", "dead",
                "application.id", application,
                "duplicates.topic", "pairs"));
    all.addAll(List.of(keysAndValues));
    return config(all.toArray(String[]::new));
  }

  @Test
  void shouldRefuseATopicOfDeadLettersThatTakesNoReason() {
    assertThat(ClusterCheck.run(config("dead.letter.topic", "tiny")).problems())
        .singleElement()
        .asString()
        .contains("dead.letter.topic", "tiny", "5000", "max.message.bytes");
  }

  @Test
  void shouldRefuseAProducerWhoseRequestsABrokerDoesNotRead() {
    assertThat(
            ClusterCheck.run(config("dead.letter.topic", "dead", "max.request.size", "9990000"))
                .problems())
        .singleElement()
        .asString()
        .startsWith("max.request.size: ")
        .contains("9990000", "broker 1", "10000000", "socket.request.max.bytes");
    assertThat(
            ClusterCheck.run(config("dead.letter.topic", "dead", "max.request.size", "9980000"))
                .problems())
        .isEmpty();
  }

  @Test
  void shouldStartWhereTheBrokersDoNotTellWhatTheyRead() throws Exception {
    try (EmbeddedBroker guarded =
        EmbeddedBroker.builder()
            .property("socket.request.max.bytes", "10000000")
            .property("authorizer.class.name", StandardAuthorizer.class.getName())
            .property("allow.everyone.if.no.acl.found", "true")
            .start()) {
      Map<String, Object> client = Map.of("bootstrap.servers", guarded.bootstrapServers());
      try (Admin admin = Admin.create(client)) {
        admin
            .createAcls(
                List.of(
                    onCluster(AclOperation.ALL, AclPermissionType.ALLOW),
                    onCluster(AclOperation.DESCRIBE_CONFIGS, AclPermissionType.DENY)))
            .all()
            .get();
        TopicCreation.create(
            admin,
            List.of(
                new NewTopic("texts", 1, (short) 1),
                new NewTopic("embeddings", 1, (short) 1),
                new NewTopic("embeddings-dead-letters", 1, (short) 1)));
        ConfigResource self = new ConfigResource(ConfigResource.Type.BROKER, "1");
        // The controller has taken the rules; the broker learns of them a moment later.
        await()
            .atMost(Duration.ofMinutes(5))
            .untilAsserted(
                () ->
                    assertThatThrownBy(() -> admin.describeConfigs(List.of(self)).all().get())
                        .hasCauseInstanceOf(ClusterAuthorizationException.class));
      }
      assertThat(
              ClusterCheck.run(
                      config(
                          "bootstrap.servers",
                          guarded.bootstrapServers(),
                          "max.request.size",
                          "20000000"))
                  .problems())
          .isEmpty();
    }
  }

  private static AclBinding onCluster(AclOperation operation, AclPermissionType permission) {
    return new AclBinding(
        new ResourcePattern(ResourceType.CLUSTER, Resource.CLUSTER_NAME, PatternType.LITERAL),
        new AccessControlEntry("User:*", "*", operation, permission));
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
