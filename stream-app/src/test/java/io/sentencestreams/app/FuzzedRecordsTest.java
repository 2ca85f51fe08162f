package io.sentencestreams.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sentencestreams.app.batch.LetterEncoder;
import io.sentencestreams.app.broker.EmbeddedBroker;
import io.sentencestreams.app.config.AppConfig;
import io.sentencestreams.schemas.EmbeddingRecord;
import io.sentencestreams.schemas.EmbeddingSerdes;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Future;
import org.apache.avro.Schema;
import org.apache.avro.SchemaBuilder;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecordBuilder;
import org.apache.avro.message.BinaryMessageEncoder;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.Deserializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Records of all kinds, good and bad: each gives one embedding, tombstone or dead letter, and the
 * stream goes on. The number of records is the system property {@code fuzz.records}.
 */
class FuzzedRecordsTest {
  private static final int RECORDS = Integer.getInteger("fuzz.records", 1000);
  private static final int PARTITIONS = 3;
  private static final int LARGE = 200_000;
  private static final Duration PATIENCE = Duration.ofMinutes(10);
  private static final Schema SCHEMA =
      SchemaBuilder.record("Message")
          .fields()
          .name("text")
          .type()
          .nullable()
          .stringType()
          .noDefault()
          .endRecord();
  private static final Schema OTHER_SCHEMA =
      SchemaBuilder.record("Other").fields().requiredInt("text").endRecord();

  private static EmbeddedBroker broker;

  @TempDir private Path folder;

  @BeforeAll
  static void startBroker() {
    broker = EmbeddedBroker.start();
  }

  @AfterAll
  static void stopBroker() {
    broker.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"text", "json", "avro"})
  void shouldAccountForEveryRecord(String format) throws Exception {
    String input = "in-" + format;
    String output = "out-" + format;
    String letters = "letters-" + format;
    try (Admin admin = Admin.create(client())) {
      TopicCreation.create(
          admin,
          List.of(
              new NewTopic(input, PARTITIONS, (short) 1),
              new NewTopic(output, PARTITIONS, (short) 1),
              new NewTopic(letters, 1, (short) 1)));
    }
    Map<String, Object> properties = new HashMap<>(client());
    properties.put("application.id", "fuzz-" + format);
    properties.put("state.dir", folder.resolve(format).toString());
    properties.put("num.stream.threads", 2);
    properties.put(AppConfig.INPUT_TOPICS, input);
    properties.put(AppConfig.OUTPUT_TOPIC, output);
    properties.put(AppConfig.DEAD_LETTER_TOPIC, letters);
    properties.put("input.format", format);
    if (format.equals("avro")) {
      Path schema = Files.writeString(folder.resolve("message.avsc"), SCHEMA.toString());
      properties.put("input.avro.schema.files", schema.toString());
    }
    AppConfig config = new AppConfig(properties);
    produce(input, format, new Random(format.hashCode()));
    try (StreamsApp app =
        new StreamsApp(config, ClusterCheck.run(config).limits(), LetterEncoder::new)) {
      app.start();
      Map<String, Integer> counts = count(output, letters);
      assertThat(counts.values().stream().mapToInt(Integer::intValue).sum()).isEqualTo(RECORDS);
      assertThat(counts.get("embeddings")).isPositive();
      assertThat(counts.get("tombstones")).isPositive();
      assertThat(counts.get("dead letters")).isPositive();
      assertThat(app.failure()).isEmpty();
    }
  }

  private static void produce(String topic, String format, Random random) throws Exception {
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(client(), new ByteArraySerializer(), new ByteArraySerializer())) {
      List<Future<RecordMetadata>> sent = new ArrayList<>();
      for (int i = 0; i < RECORDS; i++) {
        RecordHeaders headers = new RecordHeaders();
        for (int h = random.nextInt(3); h > 0; h--) {
          headers.add("h" + random.nextInt(3), random.nextBoolean() ? null : bytes(random, 20));
        }
        byte[] key = random.nextInt(4) == 0 ? null : bytes(random, 8);
        byte[] value = random.nextInt(10) == 0 ? null : value(format, random);
        sent.add(
            producer.send(
                new ProducerRecord<>(topic, random.nextInt(PARTITIONS), key, value, headers)));
      }
      for (Future<RecordMetadata> record : sent) {
        record.get();
      }
    }
  }

  /** Until every record is accounted for; any more would be seen as too many. */
  private static Map<String, Integer> count(String output, String letters) {
    Map<String, Object> properties = new HashMap<>(client());
    properties.put("group.id", "count-" + output);
    properties.put("auto.offset.reset", "earliest");
    properties.put("isolation.level", "read_committed");
    Map<String, Integer> counts = new HashMap<>();
    Set<String> sources = new HashSet<>();
    try (KafkaConsumer<byte[], byte[]> consumer =
            new KafkaConsumer<>(
                properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
        Deserializer<EmbeddingRecord> embeddings = EmbeddingSerdes.deserializer(Map.of())) {
      consumer.subscribe(List.of(output, letters));
      await()
          .atMost(PATIENCE)
          .until(
              () -> {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(50))) {
                  counts.merge(kind(record, letters, embeddings, sources), 1, Integer::sum);
                }
                return counts.values().stream().mapToInt(Integer::intValue).sum() >= RECORDS;
              });
    }
    return counts;
  }

  /** What a record became; each source is seen once, but that of a tombstone, which has none. */
  private static String kind(
      ConsumerRecord<byte[], byte[]> record,
      String letters,
      Deserializer<EmbeddingRecord> embeddings,
      Set<String> sources) {
    if (record.topic().equals(letters)) {
      String source =
          text(record.headers().lastHeader("__streams.errors.partition").value())
              + "@"
              + text(record.headers().lastHeader("__streams.errors.offset").value());
      assertThat(sources.add(source)).as("one outcome of %s", source).isTrue();
      assertThat(text(record.headers().lastHeader("__streams.errors.message").value()))
          .isNotBlank();
      return "dead letters";
    }
    if (record.value() == null) {
      return "tombstones";
    }
    EmbeddingRecord embedding = embeddings.deserialize(record.topic(), record.value());
    String source = embedding.partition() + "@" + embedding.offset();
    assertThat(sources.add(source)).as("one outcome of %s", source).isTrue();
    return "embeddings";
  }

  private static byte[] value(String format, Random random) throws IOException {
    return switch (random.nextInt(8)) {
      case 0 -> bytes(random, 40);
      case 1 -> new byte[0];
      case 2 -> bytes(random, LARGE);
      default ->
          switch (format) {
            case "json" -> json(random).getBytes(StandardCharsets.UTF_8);
            case "avro" -> avro(random);
            default -> string(random).getBytes(StandardCharsets.UTF_8);
          };
    };
  }

  private static String json(Random random) {
    String text = string(random).replace("\\", "\\\\").replace("\"", "\\\"");
    String good = "{\"id\": " + random.nextInt() + ", \"text\": \"" + text + "\"}";
    return switch (random.nextInt(12)) {
      case 0 -> "{\"text\": " + random.nextInt() + "}";
      case 1 -> "{\"other\": \"" + text + "\"}";
      case 2 -> "{\"text\": \"\\ud83d\"}";
      case 3 -> good.substring(0, random.nextInt(good.length()));
      case 4 -> "[".repeat(random.nextInt(5_000));
      case 5 -> "{\"text\": null}";
      case 6 -> good + good;
      default -> good;
    };
  }

  private static byte[] avro(Random random) throws IOException {
    byte[] good = encode(SCHEMA, random.nextInt(8) == 0 ? null : string(random));
    return switch (random.nextInt(8)) {
      case 0 -> encode(OTHER_SCHEMA, random.nextInt());
      case 1 -> java.util.Arrays.copyOf(good, random.nextInt(good.length));
      case 2 -> {
        good[random.nextInt(good.length)] ^= (byte) (1 << random.nextInt(8));
        yield good;
      }
      default -> good;
    };
  }

  private static byte[] encode(Schema schema, Object text) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    new BinaryMessageEncoder<>(GenericData.get(), schema)
        .encode(new GenericRecordBuilder(schema).set("text", text).build(), out);
    return out.toByteArray();
  }

  /** Letters of many scripts, white space, control characters, and now and then nothing else. */
  private static String string(Random random) {
    StringBuilder text = new StringBuilder();
    int kind = random.nextInt(6);
    for (int length = random.nextInt(80); length > 0; length--) {
      text.appendCodePoint(
          switch (kind) {
            case 0 -> ' ';
            case 1 -> 1 + random.nextInt(31);
            case 2 -> 0x4e00 + random.nextInt(5000);
            case 3 -> 0x1f300 + random.nextInt(500);
            default -> ' ' + random.nextInt(90);
          });
    }
    return text.toString();
  }

  private static byte[] bytes(Random random, int most) {
    byte[] bytes = new byte[random.nextInt(most)];
    random.nextBytes(bytes);
    return bytes;
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }

  private static Map<String, Object> client() {
    return Map.of("bootstrap.servers", broker.bootstrapServers());
  }
}
