package io.sentencestreams.app.window;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sentencestreams.app.ClusterCheck;
import io.sentencestreams.app.StreamsApp;
import io.sentencestreams.app.TopicCreation;
import io.sentencestreams.app.broker.EmbeddedBroker;
import io.sentencestreams.app.config.AppConfig;
import io.sentencestreams.model.window.FixedPointVector;
import io.sentencestreams.model.window.Route;
import io.sentencestreams.schemas.DuplicateRecord;
import io.sentencestreams.schemas.DuplicateSerdes;
import io.sentencestreams.schemas.EmbeddingRecord;
import io.sentencestreams.schemas.EmbeddingSerdes;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.streams.KafkaStreams;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pairs that come out of a stream on a real broker, against brute force over what went in. */
class DuplicatesStreamTest {
  private static final double THRESHOLD = 0.9;
  private static final double UNDECIDED = 1e-3;
  private static final long WINDOW = 10_000;
  private static final long START = 1_767_225_600_000L;
  private static final int INPUTS = 3;

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

  private record Input(String text, long time, int partition) {}

  /** Sources of a pair, earlier first. */
  private record Names(String a, String b) {}

  @Test
  void shouldReportEachPairOfAWindowOnceWhateverTheOrderOfArrival() {
    List<Input> inputs = inputs(400, 1);
    createTopics("order");
    try (StreamsApp app = app("order", "one")) {
      app.start();
      send("order", inputs, 0, inputs.size());
      awaitPairs("order", expected("order", inputs));
      awaitFirsts("order", inputs);
    }
    assertFirsts("order", inputs);
    List<DuplicateRecord> pairs = allPairs("order");
    assertPairs("order", inputs, pairs);
    assertGroups(pairs);
  }

  @Test
  void shouldFindPairsAcrossInstancesAndAfterTheLossOfOneWithItsState() {
    List<Input> inputs = inputs(400, 2);
    createTopics("instances");
    try (StreamsApp survivor = app("instances", "two")) {
      survivor.start();
      try (StreamsApp other = app("instances", "three")) {
        other.start();
        await()
            .atMost(Duration.ofMinutes(5))
            .until(() -> other.state() == KafkaStreams.State.RUNNING);
        send("instances", inputs, 0, 200);
        awaitPairs("instances", expected("instances", inputs.subList(0, 200)));
      }
      send("instances", inputs, 200, inputs.size());
      awaitPairs("instances", expected("instances", inputs));
      awaitFirsts("instances", inputs);
    }
    assertFirsts("instances", inputs);
    List<DuplicateRecord> pairs = allPairs("instances");
    assertPairs("instances", inputs, pairs);
    assertGroups(pairs);
  }

  @Test
  void shouldReadItsOwnTopicsFromTheBeginningWhateverIsSetForTheInput() throws Exception {
    String name = "reset";
    String[] latest = {
      "auto.offset.reset", "latest", AppConfig.WINDOW_PARTITIONS, "1",
    };
    createTopics(name);
    Input cat = new Input("cat", START, 0);
    send(name, List.of(cat, cat), 0, 2); // before there is an application
    try (StreamsApp app = app(name, "four", latest)) {
      app.start();
      await().atMost(Duration.ofMinutes(5)).until(() -> app.state() == KafkaStreams.State.RUNNING);
      await()
          .atMost(Duration.ofMinutes(5))
          .untilAsserted(
              () -> {
                send(name, List.of(cat), 0, 1);
                assertThat(firsts(name).readAll()).isNotEmpty();
              });
    }
    assertThat(firsts(name).readAll()).extracting(EmbeddingRecord::offset).first().isNotEqualTo(0L);
    try (Admin admin = Admin.create(client());
        KafkaProducer<byte[], byte[]> producer =
            new KafkaProducer<>(client(), new ByteArraySerializer(), new ByteArraySerializer())) {
      String topic = name + "-" + WindowTopology.WINDOW_TOPIC;
      admin.deleteConsumerGroupOffsets(name, Set.of(new TopicPartition(topic, 0))).all().get();
      WindowItem item =
          new WindowItem(
              "by hand",
              name + "-texts",
              0,
              1000,
              START + 1,
              "v1",
              FixedPointVector.of(PlaneEncoder.embedding("cat")));
      WindowMessage message =
          WindowMessage.home(new Route(0, new int[0]), item, "cat", new byte[0]);
      producer.send(new ProducerRecord<>(topic, 0, null, WindowCodec.encode(message))).get();
    }
    try (StreamsApp app = app(name, "four", latest)) {
      app.start();
      await()
          .atMost(Duration.ofMinutes(5))
          .untilAsserted(
              () -> assertThat(allPairs(name)).anyMatch(pair -> pair.b().id().equals("by hand")));
    }
  }

  @Test
  void shouldCompareTextsWhoseWordsAreTooLargeForItsTopics() {
    createTopics("large");
    Input large = new Input("cat" + "\u20ac".repeat(30_000), START, 0);
    try (StreamsApp app = app("large", "five", "topic.max.message.bytes", "70000")) {
      app.start();
      send("large", List.of(large, large), 0, 2);
      awaitPairs("large", Set.of(new Names("large-texts-0-0", "large-texts-0-1")));
      awaitFirsts("large", List.of(large, large));
    }
  }

  /** Texts of which many are near one another, over six windows, each up to a window late. */
  private static List<Input> inputs(int count, int seed) {
    SplittableRandom random = new SplittableRandom(seed);
    List<Input> inputs = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      String base = "base" + random.nextInt(25);
      String text =
          random.nextInt(5) == 0
              ? base
              : base + "~" + random.nextInt(35) + "~" + random.nextInt(1000);
      long time = START + 6 * WINDOW * i / count + random.nextLong(WINDOW);
      inputs.add(new Input(text, time, random.nextInt(INPUTS)));
    }
    return inputs;
  }

  private static Set<Names> expected(String name, List<Input> inputs) {
    return pairs(name, inputs, THRESHOLD + UNDECIDED);
  }

  private static Set<Names> pairs(String name, List<Input> inputs, double threshold) {
    List<float[]> vectors = inputs.stream().map(in -> PlaneEncoder.embedding(in.text())).toList();
    List<String> names = names(name, inputs);
    Set<Names> pairs = new HashSet<>();
    for (int i = 0; i < inputs.size(); i++) {
      for (int j = 0; j < i; j++) {
        long apart = inputs.get(i).time() - inputs.get(j).time();
        if (Math.abs(apart) <= WINDOW
            && PlaneEncoder.cosine(vectors.get(i), vectors.get(j)) >= threshold) {
          boolean inOrder = apart > 0 || (apart == 0 && names.get(j).compareTo(names.get(i)) < 0);
          pairs.add(
              inOrder
                  ? new Names(names.get(j), names.get(i))
                  : new Names(names.get(i), names.get(j)));
        }
      }
    }
    return pairs;
  }

  /** What each input is called: its topic, partition and offset. */
  private static List<String> names(String name, List<Input> inputs) {
    int[] offsets = new int[INPUTS];
    return inputs.stream()
        .map(in -> "%s-texts-%d-%d".formatted(name, in.partition(), offsets[in.partition()]++))
        .toList();
  }

  private static void assertPairs(
      String name, List<Input> inputs, List<DuplicateRecord> duplicates) {
    List<Names> found =
        duplicates.stream().map(pair -> new Names(name(pair.a()), name(pair.b()))).toList();
    assertThat(found).doesNotHaveDuplicates();
    assertThat(found).containsAll(pairs(name, inputs, THRESHOLD + UNDECIDED));
    assertThat(pairs(name, inputs, THRESHOLD - UNDECIDED)).containsAll(found);
    Map<String, float[]> vectors = new HashMap<>();
    List<String> names = names(name, inputs);
    for (int i = 0; i < names.size(); i++) {
      vectors.put(names.get(i), PlaneEncoder.embedding(inputs.get(i).text()));
    }
    for (DuplicateRecord pair : duplicates) {
      double cosine = PlaneEncoder.cosine(vectors.get(name(pair.a())), vectors.get(name(pair.b())));
      assertThat((double) pair.similarity()).isCloseTo(cosine, within());
      assertThat(pair.modelVersion()).isEqualTo("v1");
      assertThat(pair.a().eventTimeMillis()).isLessThanOrEqualTo(pair.b().eventTimeMillis());
    }
  }

  private static org.assertj.core.data.Offset<Double> within() {
    return org.assertj.core.data.Offset.offset(1e-4);
  }

  /** The last group that each text is said to be in, after mergers, is that of its neighbours. */
  private static void assertGroups(List<DuplicateRecord> pairs) {
    Map<String, String> merged = new HashMap<>();
    for (DuplicateRecord pair : pairs) {
      if (pair.mergedGroup() != null) {
        merged.put(pair.mergedGroup(), pair.group());
      }
    }
    Map<String, String> groups = new HashMap<>();
    for (DuplicateRecord pair : pairs) {
      String group = pair.group();
      while (merged.containsKey(group)) {
        group = merged.get(group);
      }
      for (DuplicateRecord.Text text : List.of(pair.a(), pair.b())) {
        String before = groups.put(name(text), group);
        assertThat(before).isIn(null, group);
      }
    }
    assertThat(groups).isNotEmpty();
  }

  /** Waits until of each text one is on the topic of first occurrences that it is near to. */
  private static void awaitFirsts(String name, List<Input> inputs) {
    try (Reader<EmbeddingRecord> reader = firsts(name)) {
      Set<String> first = new HashSet<>();
      await()
          .atMost(Duration.ofMinutes(5))
          .untilAsserted(
              () -> {
                reader.poll().forEach(embedding -> first.add(embedding.id()));
                assertThat(unexplained(name, inputs, first)).isEmpty();
              });
    }
  }

  /** Texts that are missing though none before them and none of the first is near. */
  private static Set<String> unexplained(String name, List<Input> inputs, Set<String> first) {
    Set<String> unexplained = new HashSet<>(names(name, inputs));
    unexplained.removeAll(first);
    for (Names pair : pairs(name, inputs, THRESHOLD - UNDECIDED)) {
      unexplained.remove(pair.b());
      if (first.contains(pair.b())) {
        unexplained.remove(pair.a());
      }
    }
    return unexplained;
  }

  /** Each once, each with its embedding as on the topic of embeddings, and no two near. */
  private static void assertFirsts(String name, List<Input> inputs) {
    List<EmbeddingRecord> firsts = firsts(name).readAll();
    assertThat(firsts).extracting(EmbeddingRecord::id).doesNotHaveDuplicates();
    Set<String> ids = firsts.stream().map(EmbeddingRecord::id).collect(Collectors.toSet());
    assertThat(expected(name, inputs))
        .noneMatch(pair -> ids.contains(pair.a()) && ids.contains(pair.b()));
    assertThat(ids).hasSizeBetween(10, inputs.size() / 2);
    Map<String, float[]> vectors = new HashMap<>();
    List<String> names = names(name, inputs);
    for (int i = 0; i < names.size(); i++) {
      vectors.put(names.get(i), PlaneEncoder.embedding(inputs.get(i).text()));
    }
    for (EmbeddingRecord first : firsts) {
      assertThat(first.vector()).isEqualTo(vectors.get(first.id()));
    }
  }

  private static Reader<EmbeddingRecord> firsts(String name) {
    return new Reader<>(name + "-unique", EmbeddingSerdes.deserializer(Map.of()));
  }

  private static String name(DuplicateRecord.Text text) {
    return "%s-%d-%d".formatted(text.topic(), text.partition(), text.offset());
  }

  private static void createTopics(String name) {
    try (Admin admin = Admin.create(client())) {
      TopicCreation.create(
          admin,
          List.of(
              new NewTopic(name + "-texts", INPUTS, (short) 1),
              new NewTopic(name + "-embeddings", 1, (short) 1),
              new NewTopic(name + "-letters", 1, (short) 1),
              new NewTopic(name + "-unique", 1, (short) 1),
              new NewTopic(name + "-duplicates", 1, (short) 1)));
    }
  }

  private static StreamsApp app(String name, String instance, String... settings) {
    Map<String, Object> properties = new HashMap<>(client());
    properties.put("application.id", name);
    properties.put("state.dir", folder.resolve(instance).toString());
    properties.put("num.stream.threads", 2);
    properties.put(AppConfig.INPUT_TOPICS, name + "-texts");
    properties.put(AppConfig.OUTPUT_TOPIC, name + "-embeddings");
    properties.put(AppConfig.DEAD_LETTER_TOPIC, name + "-letters");
    properties.put(AppConfig.DUPLICATES_TOPIC, name + "-duplicates");
    properties.put(AppConfig.UNIQUE_TOPIC, name + "-unique");
    properties.put(AppConfig.DUPLICATES_THRESHOLD, THRESHOLD);
    properties.put(AppConfig.WINDOW_MS, WINDOW);
    // The inputs' partitions are read at paces of their own, so a text may be very late.
    properties.put(AppConfig.WINDOW_GRACE_MS, 10 * WINDOW);
    properties.put(AppConfig.WINDOW_PARTITION_MAX_RECORDS, 10_000);
    for (int i = 0; i < settings.length; i += 2) {
      properties.put(settings[i], settings[i + 1]);
    }
    AppConfig config = new AppConfig(properties);
    ClusterCheck.Report report = ClusterCheck.run(config);
    assertThat(report.problems()).isEmpty();
    return new StreamsApp(config, report.limits(), () -> new PlaneEncoder("v1"));
  }

  private static void send(String name, List<Input> inputs, int from, int to) {
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(client(), new ByteArraySerializer(), new ByteArraySerializer())) {
      for (Input input : inputs.subList(from, to)) {
        var unused =
            producer.send(
                new ProducerRecord<>(
                    name + "-texts",
                    input.partition(),
                    input.time(),
                    null,
                    input.text().getBytes(StandardCharsets.UTF_8)));
      }
    }
  }

  /** Waits until the pairs that are expected are there. */
  private static void awaitPairs(String name, Set<Names> expected) {
    Set<Names> missing = new HashSet<>(expected);
    try (Reader<DuplicateRecord> reader = pairs(name)) {
      await()
          .atMost(Duration.ofMinutes(5))
          .untilAsserted(
              () -> {
                reader
                    .poll()
                    .forEach(pair -> missing.remove(new Names(name(pair.a()), name(pair.b()))));
                assertThat(missing.size()).as("pairs that are missing").isZero();
              });
    }
  }

  /** All that is on the topic. */
  private static List<DuplicateRecord> allPairs(String name) {
    return pairs(name).readAll();
  }

  private static Reader<DuplicateRecord> pairs(String name) {
    return new Reader<>(name + "-duplicates", DuplicateSerdes.deserializer(Map.of()));
  }

  private static final class Reader<T> implements AutoCloseable {
    private final TopicPartition partition;
    private final KafkaConsumer<byte[], byte[]> consumer;
    private final Deserializer<T> deserializer;

    Reader(String topic, Deserializer<T> deserializer) {
      this.deserializer = deserializer;
      Map<String, Object> properties = new HashMap<>(client());
      properties.put("isolation.level", "read_committed");
      consumer =
          new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
      partition = new TopicPartition(topic, 0);
      consumer.assign(List.of(partition));
      consumer.seekToBeginning(List.of(partition));
    }

    List<T> poll() {
      List<T> values = new ArrayList<>();
      for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(50))) {
        values.add(deserializer.deserialize(record.topic(), record.value()));
      }
      return values;
    }

    /** All that is left; closes the reader. */
    List<T> readAll() {
      try (this) {
        List<T> values = new ArrayList<>();
        while (!isAtEnd()) {
          values.addAll(poll());
        }
        return values;
      }
    }

    boolean isAtEnd() {
      return consumer.position(partition) >= consumer.endOffsets(List.of(partition)).get(partition);
    }

    @Override
    public void close() {
      consumer.close();
      deserializer.close();
    }
  }

  private static Map<String, Object> client() {
    return Map.of("bootstrap.servers", broker.bootstrapServers());
  }
}
