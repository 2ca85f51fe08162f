package io.sentencestreams.app.clusters;

import static org.assertj.core.api.Assertions.assertThat;

import io.sentencestreams.app.topology.RunningPartitions;
import io.sentencestreams.app.window.PlaneEncoder;
import io.sentencestreams.model.clustering.online.MacroOptions;
import io.sentencestreams.model.clustering.online.MicroClusterOptions;
import io.sentencestreams.schemas.ClusterAssignmentRecord;
import io.sentencestreams.schemas.ClusterAssignmentSerdes;
import io.sentencestreams.schemas.ClusterRecord;
import io.sentencestreams.schemas.ClusterSerdes;
import io.sentencestreams.schemas.EmbeddingRecord;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import org.apache.kafka.common.metrics.Metrics;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TestOutputTopic;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.Named;
import org.apache.kafka.streams.processor.api.ContextualProcessor;
import org.apache.kafka.streams.processor.api.ProcessorSupplier;
import org.apache.kafka.streams.processor.api.Record;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One partition of the stream and the macro step behind it, without a broker. */
class ClustersTopologyTest {
  private static final long START = 1_767_225_600_000L;
  private static final long HALF_LIFE = 60_000;
  private static final Duration INTERVAL = Duration.ofSeconds(1);

  @TempDir private Path folder;

  private final Metrics metrics = new Metrics();
  private TopologyTestDriver driver;
  private TestInputTopic<byte[], byte[]> input;
  private TestOutputTopic<byte[], byte[]> clusters;
  private TestOutputTopic<byte[], byte[]> assignments;
  private ClustersTopology topology;
  private int sent;
  private String idPrefix = "id";

  /** What the compacted topic says. */
  private final Map<String, ClusterRecord> table = new LinkedHashMap<>();

  @AfterEach
  void tearDown() {
    if (driver != null) {
      driver.close();
    }
    metrics.close();
  }

  @Test
  void shouldTellTheClusterOfEachTextAndKeepItsName() {
    open(1000);
    for (int i = 0; i < 200; i++) {
      send(text(i % 4, i), START + i);
    }
    assertThat(placed())
        .hasSize(200)
        .allMatch(assignment -> assignment.cluster() == null || assignment.provisional());
    step();
    Map<Integer, String> names = new HashMap<>();
    for (int i = 200; i < 400; i++) {
      send(text(i % 4, i), START + i);
      if (i % 50 == 0) {
        step();
      }
    }
    List<ClusterAssignmentRecord> placed = placed();
    assertThat(placed).hasSize(200);
    int fresh = 0;
    for (int i = 0; i < placed.size(); i++) {
      if (placed.get(i).provisional()) {
        fresh++; // most of its neighbours are of late, and no step has seen them
        continue;
      }
      String before = names.putIfAbsent(i % 4, placed.get(i).cluster());
      assertThat(placed.get(i).cluster()).isNotNull().isIn(before, names.get(i % 4));
      assertThat(placed.get(i).similarity()).isBetween(0.5f, 1f);
      assertThat(placed.get(i).modelVersion()).isEqualTo("v1");
      assertThat(placed.get(i).offset()).isEqualTo(200 + i);
    }
    assertThat(fresh).isLessThan(placed.size() / 10);
    assertThat(new HashSet<>(names.values())).hasSize(4);
    step();
    assertThat(table.keySet()).containsExactlyInAnyOrderElementsOf(names.values());
    names.forEach(
        (topic, name) -> {
          ClusterRecord cluster = table.get(name);
          assertThat(cluster.state()).isEqualTo(ClusterRecord.State.ACTIVE);
          assertThat(cluster.size()).isBetween(90L, 100L);
          assertThat(cluster.terms().get(0)).isEqualTo("topic" + topic);
          assertThat(cluster.representatives())
              .isNotEmpty()
              .allMatch(typical -> typical.text().startsWith("topic" + topic));
          assertThat(cluster.firstSeenMillis()).isBetween(START, START + 50);
          assertThat(cluster.lastSeenMillis()).isBetween(START + 390, START + 399);
          assertThat(cluster.centroid()).hasSize(PlaneEncoder.DIMENSION);
        });
    assertThat(metric("clusters")).isEqualTo(4);
    assertThat(metric("noise-total")).isPositive();
    assertThat(metric("placed-total") + metric("noise-total")).isEqualTo(400);
    assertThat(metric("micro-clusters")).isEqualTo(400.0); // no two are alike
  }

  @Test
  void shouldSayHowAClusterEndedAndForgetItLater() {
    open(1000);
    for (int i = 0; i < 100; i++) {
      send(text(i % 2, i), START + i);
    }
    step();
    assertThat(table).hasSize(2);
    String fading =
        table.values().stream()
            .filter(cluster -> cluster.terms().get(0).equals("topic1"))
            .map(ClusterRecord::id)
            .findFirst()
            .orElseThrow();
    long time = START;
    while (table.get(fading).state() == ClusterRecord.State.ACTIVE) {
      time += HALF_LIFE;
      keepUp(time);
      assertThat(time).isLessThan(START + 20 * HALF_LIFE);
    }
    ClusterRecord ended = table.get(fading);
    assertThat(ended.state()).isEqualTo(ClusterRecord.State.FADED);
    assertThat(ended.size()).isEqualTo(50);
    long end = ended.timeMillis();
    while (table.containsKey(fading)) {
      assertThat(time).isLessThan(end + 10 * HALF_LIFE);
      time += HALF_LIFE;
      keepUp(time);
    }
    assertThat(time).isGreaterThan(end + 7 * HALF_LIFE);
    assertThat(table.values())
        .extracting(ClusterRecord::state)
        .containsOnly(ClusterRecord.State.ACTIVE);
  }

  /** A cluster that lives on. */
  private void keepUp(long time) {
    for (int i = 0; i < 20; i++) {
      send(text(0, sent), time + i);
    }
    step();
  }

  @Test
  void shouldKeepModelVersionsApartAndForgetTheOldOne() {
    open(1000);
    for (int i = 0; i < 100; i++) {
      send(text(i % 2, i), START + i, "v1");
    }
    step();
    assertThat(table.keySet()).allMatch(id -> id.startsWith("v1-")).hasSize(2);
    placed();
    for (int i = 0; i < 100; i++) {
      send(text(i % 2, i), START + 100 + i, "v2");
    }
    // What v1 knows is nothing to v2, although the vectors are the same.
    assertThat(placed())
        .hasSize(100)
        .allMatch(
            assignment ->
                assignment.cluster() == null
                    || (assignment.provisional() && assignment.cluster().startsWith("v2-")));
    step();
    assertThat(table.keySet()).filteredOn(id -> id.startsWith("v2-")).hasSize(2);
    send(text(0, 1), START + 200, "v2");
    send(text(0, 1), START + 200, "v1");
    assertThat(placed())
        .extracting(assignment -> assignment.cluster().substring(0, 3))
        .containsExactly("v2-", "v1-");
    long time = START;
    for (int i = 0; i < 40; i++) {
      time += HALF_LIFE;
      for (int j = 0; j < 20; j++) {
        send(text(j % 2, sent), time + j, "v2");
      }
      step();
    }
    assertThat(table.keySet()).allMatch(id -> id.startsWith("v2-")).hasSize(2);
    for (String store :
        List.of(
            ClustersTopology.MICRO_STORE,
            ClustersTopology.MODELS_STORE,
            ClustersTopology.SUMMARIES_STORE)) {
      assertThat(versions(store)).as(store).containsExactly("v2");
    }
    assertThat(driver.<String, byte[]>getKeyValueStore(ClustersTopology.STATES_STORE).get("v1"))
        .isNull();
  }

  private Set<String> versions(String store) {
    Set<String> versions = new HashSet<>();
    driver
        .<byte[], byte[]>getKeyValueStore(store)
        .all()
        .forEachRemaining(entry -> versions.add(ClusterKeys.modelVersion(entry.key)));
    return versions;
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 60})
  void shouldNotLetOneClockThatIsAYearAheadAgeTheClusters(int ahead) {
    open(1000);
    for (int i = 0; i < 120; i++) {
      long time = i == ahead ? START + Duration.ofDays(365).toMillis() : START + i;
      send(text(i % 2, i), time);
    }
    step();
    assertThat(table).hasSize(2);
    assertThat(table.values()).allMatch(cluster -> cluster.weight() > 58);
    placed();
    send(text(0, 500), START + 130);
    assertThat(placed().get(0).cluster()).isNotNull();
  }

  @Test
  void shouldTellNoiseOfAVectorThatCannotBeCompared() {
    open(1000);
    for (int i = 0; i < 60; i++) {
      send(text(i % 2, i), START + i);
    }
    step();
    placed();
    send(new float[PlaneEncoder.DIMENSION], "zero", START + 61);
    send(new float[] {1, 0}, "flat", START + 62);
    send(text(0, 63), START + 63);
    List<ClusterAssignmentRecord> placed = placed();
    assertThat(placed).hasSize(3);
    assertThat(placed.subList(0, 2))
        .allMatch(noise -> noise.cluster() == null && noise.microCluster() == null);
    assertThat(placed.get(2).cluster()).isNotNull();
    assertThat(metric("incomparable-total")).isEqualTo(2);
    step();
    assertThat(table).hasSize(2);
  }

  @Test
  void shouldMakeOneClusterOfTextsThatAreAllEqual() {
    open(1000);
    for (int i = 0; i < 300; i++) {
      send("same", START + i);
      if (i % 100 == 50) {
        step();
      }
    }
    step();
    assertThat(table).hasSize(1);
    assertThat(table.values().iterator().next().size()).isEqualTo(300);
    assertThat(metric("micro-clusters")).isEqualTo(1);
  }

  @Test
  void shouldStayWithinItsBoundsWhenAllTextsAreDifferent() {
    open(100);
    for (int i = 0; i < 1000; i++) {
      send("different" + i, START + i);
      if (i % 200 == 50) {
        step();
      }
    }
    step();
    assertThat(metric("micro-clusters")).isEqualTo(100);
    assertThat(count(ClustersTopology.MICRO_STORE)).isEqualTo(101); // and the state
    assertThat(count(ClustersTopology.SUMMARIES_STORE)).isEqualTo(101); // and the clock
  }

  private int count(String store) {
    List<byte[]> keys = new ArrayList<>();
    driver
        .<byte[], byte[]>getKeyValueStore(store)
        .all()
        .forEachRemaining(entry -> keys.add(entry.key));
    return keys.size();
  }

  @Test
  void shouldLeaveAStreamAloneThatHasNothingNew() {
    open(1000);
    for (int i = 0; i < 60; i++) {
      send(text(i % 2, i), START + i);
    }
    step();
    double steps = metric("macro-steps-total");
    assertThat(steps).isPositive();
    for (int i = 0; i < 10; i++) {
      step();
    }
    assertThat(metric("macro-steps-total")).isEqualTo(steps);
    assertThat(clusters.isEmpty()).isTrue();
  }

  @Test
  void shouldKeepOnlyTheBeginningOfALongText() {
    open(1000);
    String text = "a".repeat(999) + "\uD83D\uDE00" + "b".repeat(100_000);
    for (int i = 0; i < 5; i++) {
      send(PlaneEncoder.embedding("long"), text, START + i);
    }
    step();
    assertThat(table.values().iterator().next().representatives())
        .isNotEmpty()
        .allMatch(typical -> typical.text().equals("a".repeat(999)));
  }

  private static String text(int topic, int variant) {
    return "topic" + topic + "~30~variant" + variant;
  }

  private void open(int maxMicroClusters) {
    ClusterSettings settings =
        new ClusterSettings(
            MicroClusterOptions.DEFAULT
                .withHalfLife(HALF_LIFE)
                .withMaxMicroClusters(maxMicroClusters),
            MacroOptions.DEFAULT.withHalfLife(HALF_LIFE),
            INTERVAL,
            1,
            "clusters",
            "assignments",
            () -> ClusterSerdes.serializer(Map.of()),
            () -> ClusterAssignmentSerdes.serializer(Map.of()),
            60_000,
            new RunningPartitions(),
            new RunningPartitions(),
            Runnable::run);
    topology = new ClustersTopology(settings, new ClustersMetrics(metrics));
    StreamsBuilder builder = new StreamsBuilder();
    ProcessorSupplier<byte[], byte[], byte[], byte[]> encoder = ToClusters::new;
    KStream<byte[], byte[]> encoded =
        builder.stream(
                "messages", Consumed.with(Serdes.ByteArray(), Serdes.ByteArray()).withName("in"))
            .process(encoder, Named.as("encoder"));
    topology.addTo(encoded);
    Topology built = builder.build();
    topology.addSinks(built);
    Properties properties = new Properties();
    properties.put(StreamsConfig.APPLICATION_ID_CONFIG, "test");
    properties.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, "none:1");
    properties.put(StreamsConfig.STATE_DIR_CONFIG, folder.toString());
    Instant wallClock = Instant.ofEpochMilli(START + Duration.ofHours(1).toMillis());
    driver = new TopologyTestDriver(built, properties, wallClock);
    input =
        driver.createInputTopic("messages", new ByteArraySerializer(), new ByteArraySerializer());
    clusters =
        driver.createOutputTopic(
            "clusters", new ByteArrayDeserializer(), new ByteArrayDeserializer());
    assignments =
        driver.createOutputTopic(
            "assignments", new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }

  /** Stands for the encoder's processor. */
  private static final class ToClusters
      extends ContextualProcessor<byte[], byte[], byte[], byte[]> {
    @Override
    public void process(Record<byte[], byte[]> record) {
      context().forward(record, ClustersTopology.TO_CLUSTERS);
    }
  }

  private void send(String text, long time) {
    send(text, time, "v1");
  }

  private void send(String text, long time, String version) {
    send(PlaneEncoder.embedding(text), text.replace('~', ' '), time, version);
  }

  private void send(float[] vector, String text, long time) {
    send(vector, text, time, "v1");
  }

  private void send(float[] vector, String text, long time, String version) {
    int offset = sent++;
    EmbeddingRecord record =
        new EmbeddingRecord(
            idPrefix + offset, vector, "plane", version, 3, false, "texts", 0, offset, time, null);
    byte[] key = {1};
    input.pipeInput(key, ClustersTopology.message(record, text), time);
  }

  /** The partition tells, and then the step is done. */
  private void step() {
    driver.advanceWallClockTime(INTERVAL);
    driver.advanceWallClockTime(INTERVAL);
    for (KeyValue<byte[], byte[]> entry : clusters.readKeyValuesToList()) {
      String id = new String(entry.key, StandardCharsets.UTF_8);
      if (entry.value == null) {
        table.remove(id);
      } else {
        ClusterRecord cluster =
            ClusterSerdes.deserializer(Map.of()).deserialize("clusters", entry.value);
        assertThat(cluster.id()).isEqualTo(id);
        table.put(id, cluster);
      }
    }
  }

  private List<ClusterAssignmentRecord> placed() {
    return assignments.readValuesToList().stream()
        .map(
            value ->
                ClusterAssignmentSerdes.deserializer(Map.of()).deserialize("assignments", value))
        .toList();
  }

  private double metric(String name) {
    return metrics.metrics().entrySet().stream()
        .filter(entry -> entry.getKey().name().equals(name))
        .mapToDouble(entry -> (double) entry.getValue().metricValue())
        .sum();
  }
}
