package io.sentencestreams.app.clusters;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sentencestreams.app.ClusterCheck;
import io.sentencestreams.app.StreamsApp;
import io.sentencestreams.app.broker.EmbeddedBroker;
import io.sentencestreams.app.config.AppConfig;
import io.sentencestreams.app.window.PlaneEncoder;
import io.sentencestreams.schemas.ClusterAssignmentRecord;
import io.sentencestreams.schemas.ClusterAssignmentSerdes;
import io.sentencestreams.schemas.ClusterRecord;
import io.sentencestreams.schemas.ClusterSerdes;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.KafkaStreams;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Clusters that come out of a stream on a real broker. */
class ClustersStreamTest {
  private static final long START = 1_767_225_600_000L;
  private static final int INPUTS = 3;
  private static final int TOPICS = 4;

  private static EmbeddedBroker broker;

  @TempDir private static Path folder;

  @BeforeAll
  static void start() {
    broker = EmbeddedBroker.start();
  }

  @AfterAll
  static void stop() {
    broker.close();
  }

  @Test
  void shouldKeepItsClustersThroughTheLossOfAnInstanceWithItsState() throws Exception {
    Output output = new Output();
    int known;
    try (StreamsApp survivor = app("one");
        Reader reader = new Reader(output)) {
      survivor.start();
      try (StreamsApp other = app("two")) {
        other.start();
        await()
            .atMost(Duration.ofMinutes(5))
            .until(() -> other.state() == KafkaStreams.State.RUNNING);
        send(0, 240);
        reader.awaitClusters(240);
      }
      Map<Integer, String> before = names(output);
      assertThat(before).hasSize(TOPICS);
      known = sendUntilKnown(reader, output);
      send(known, 480);
      reader.awaitClusters(480);
      assertThat(names(output)).isEqualTo(before);
    }
    assertThat(output.texts).as("each text once").hasSize(480).doesNotHaveDuplicates();
    // What came after the clusters were known went into them, wherever its partition was.
    Map<String, Integer> topics = new HashMap<>();
    names(output).forEach((topic, name) -> topics.put(name, topic));
    List<ClusterAssignmentRecord> late =
        output.assignments.stream()
            .filter(assignment -> number(assignment) >= known)
            .filter(assignment -> !assignment.provisional() && assignment.cluster() != null)
            .toList();
    // Those whose neighbours are for the most part newer than the last step are provisional: a
    // sixth,
    // where no step comes while they are read.
    assertThat(late).hasSizeGreaterThan((480 - known) / 2);
    assertThat(late).extracting(ClusterAssignmentRecord::partition).contains(0, 1, 2);
    assertThat(late)
        .allMatch(assignment -> number(assignment) % TOPICS == topics.get(assignment.cluster()));
  }

  /**
   * Each partition learns of the clusters when its task comes to it: a text of each topic goes to
   * each, again until all of them place some. Returns how many texts there are then.
   */
  private static int sendUntilKnown(Reader reader, Output output) {
    int sent = 240;
    Set<Integer> partitions = new HashSet<>();
    while (partitions.size() < INPUTS && sent < 420) {
      send(sent, sent + TOPICS * INPUTS);
      int from = sent;
      sent += TOPICS * INPUTS;
      reader.awaitAssignments(sent);
      output.assignments.stream()
          .filter(text -> number(text) >= from && text.cluster() != null && !text.provisional())
          .forEach(text -> partitions.add(text.partition()));
    }
    return sent;
  }

  /** Of the cluster of each topic; there is one. */
  private static Map<Integer, String> names(Output output) {
    Map<Integer, String> names = new HashMap<>();
    for (ClusterRecord cluster : output.living()) {
      int topic = Integer.parseInt(cluster.representatives().get(0).text().substring(5, 6));
      assertThat(names.put(topic, cluster.id())).isNull();
    }
    return names;
  }

  /** Which text it was: its number is all that its time tells. */
  private static int number(ClusterAssignmentRecord assignment) {
    return (int) (assignment.eventTimeMillis() - START);
  }

  /** What the topics say. */
  private static final class Output {
    private final Map<String, ClusterRecord> clusters = new LinkedHashMap<>();
    private final List<ClusterAssignmentRecord> assignments = new ArrayList<>();
    private final List<String> texts = new ArrayList<>();

    List<ClusterRecord> living() {
      return clusters.values().stream()
          .filter(cluster -> cluster.state() == ClusterRecord.State.ACTIVE)
          .toList();
    }
  }

  private static StreamsApp app(String instance) throws Exception {
    Map<String, Object> properties = new HashMap<>(client());
    properties.put("application.id", "clusters-test");
    properties.put("state.dir", folder.resolve(instance).toString());
    properties.put("num.stream.threads", 2);
    properties.put(AppConfig.HTTP_PORT, -1);
    properties.put(AppConfig.CLUSTERS_TOPIC, "clusters");
    properties.put(AppConfig.CLUSTERS_ASSIGNMENTS_TOPIC, "cluster-assignments");
    properties.put(AppConfig.CLUSTERS_INTERVAL_MS, 200);
    AppConfig config = new AppConfig(properties);
    List<String> created = ClusterCheck.createMissingTopics(config, INPUTS);
    assertThat(created.size()).isIn(0, 5);
    ClusterCheck.Report report = ClusterCheck.run(config);
    assertThat(report.problems()).isEmpty();
    assertThat(report.findings()).noneMatch(finding -> finding.startsWith("warning"));
    assertCompacted("clusters");
    return new StreamsApp(config, report.limits(), () -> new PlaneEncoder("v1"));
  }

  private static void assertCompacted(String topic) throws Exception {
    ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
    try (Admin admin = Admin.create(client())) {
      assertThat(
              admin
                  .describeConfigs(List.of(resource))
                  .all()
                  .get()
                  .get(resource)
                  .get("cleanup.policy")
                  .value())
          .isEqualTo("compact");
    }
  }

  private static void send(int from, int to) {
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(client(), new ByteArraySerializer(), new ByteArraySerializer())) {
      for (int i = from; i < to; i++) {
        String text = "topic" + i % TOPICS + "~30~variant" + i;
        var unused =
            producer.send(
                new ProducerRecord<>(
                    "texts",
                    i / TOPICS % INPUTS,
                    START + i,
                    null,
                    text.getBytes(StandardCharsets.UTF_8)));
      }
    }
  }

  /** Reads both topics, in the order of their partitions. */
  private static final class Reader implements AutoCloseable {
    private final Output output;
    private final KafkaConsumer<byte[], byte[]> consumer;

    Reader(Output output) {
      this.output = output;
      Map<String, Object> properties = new HashMap<>(client());
      properties.put("isolation.level", "read_committed");
      consumer =
          new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
      List<TopicPartition> partitions =
          IntStream.range(0, INPUTS)
              .boxed()
              .flatMap(
                  partition ->
                      List.of(
                          new TopicPartition("clusters", partition),
                          new TopicPartition("cluster-assignments", partition))
                          .stream())
              .toList();
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
    }

    void awaitAssignments(int texts) {
      await()
          .atMost(Duration.ofMinutes(5))
          .until(
              () -> {
                poll();
                return output.assignments.size() >= texts;
              });
    }

    private void poll() {
      consumer.poll(Duration.ofMillis(50)).forEach(this::take);
    }

    /** Until all texts are in clusters, and their own are known. */
    void awaitClusters(int texts) {
      await()
          .atMost(Duration.ofMinutes(5))
          .untilAsserted(
              () -> {
                poll();
                assertThat(output.assignments).hasSizeGreaterThanOrEqualTo(texts);
                assertThat(output.living().stream().mapToLong(ClusterRecord::size).sum())
                    .isEqualTo(texts);
              });
    }

    private void take(ConsumerRecord<byte[], byte[]> record) {
      String id = record.key() == null ? "" : new String(record.key(), StandardCharsets.UTF_8);
      if (record.topic().equals("clusters")) {
        output.clusters.put(
            id, ClusterSerdes.deserializer(Map.of()).deserialize("clusters", record.value()));
      } else {
        ClusterAssignmentRecord assignment =
            ClusterAssignmentSerdes.deserializer(Map.of())
                .deserialize("cluster-assignments", record.value());
        output.assignments.add(assignment);
        output.texts.add(assignment.partition() + "-" + assignment.offset());
      }
    }

    @Override
    public void close() {
      consumer.close();
    }
  }

  private static Map<String, Object> client() {
    return Map.of("bootstrap.servers", broker.bootstrapServers());
  }
}
