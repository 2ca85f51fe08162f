package io.sentencestreams.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sentencestreams.app.batch.LetterEncoder;
import io.sentencestreams.app.broker.EmbeddedBroker;
import io.sentencestreams.app.config.AppConfig;
import io.sentencestreams.app.topology.DeadLetters;
import io.sentencestreams.model.BatchEncoder;
import io.sentencestreams.schemas.EmbeddingRecord;
import io.sentencestreams.schemas.EmbeddingSerdes;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.streams.KafkaStreams;

/**
 * A running stream on topics of its own, with one partition each, so that what comes out can be
 * looked at one by one and in order. The text is part of each embedding.
 */
final class TestStream implements AutoCloseable {
  /** Larger than any record of the tests. */
  static final int ROOM = 80 << 20;

  private static final Duration PATIENCE = Duration.ofMinutes(5);

  private final String name;
  private final UnaryOperator<String> format;
  private final StreamsApp app;
  private final KafkaProducer<byte[], byte[]> producer;
  private final Reader embeddings;
  private final Reader letters;
  private int sent;

  private TestStream(Builder builder) {
    Map<String, Object> client = Map.of("bootstrap.servers", builder.broker.bootstrapServers());
    name = builder.name;
    format = builder.format;
    if (builder.makesTopics) {
      try (Admin admin = Admin.create(client)) {
        TopicCreation.create(
            admin,
            List.of(
                // What can arrive is not bounded by what can be put out.
                topic(name + "-texts", ROOM),
                topic(name + "-embeddings", builder.embeddingBytes),
                topic(name + "-letters", builder.letterBytes)));
      }
    }
    Map<String, Object> properties = new HashMap<>(client);
    properties.put("application.id", name);
    properties.put("state.dir", builder.folder.resolve(name).toString());
    properties.put(AppConfig.INPUT_TOPICS, name + "-texts");
    properties.put(AppConfig.OUTPUT_TOPIC, name + "-embeddings");
    properties.put(AppConfig.DEAD_LETTER_TOPIC, name + "-letters");
    properties.put(AppConfig.OUTPUT_INCLUDE_TEXT, true);
    properties.put(AppConfig.ENCODER_RELOAD_BACKOFF_MS, 20);
    properties.putAll(builder.settings);
    AppConfig config = new AppConfig(properties);
    ClusterCheck.Report report = ClusterCheck.run(config);
    assertThat(report.problems()).isEmpty();
    app = new StreamsApp(config, report.limits(), builder.encoder);
    Map<String, Object> large = new HashMap<>(client);
    large.put("max.request.size", ROOM);
    large.put("buffer.memory", 2L * ROOM);
    producer = new KafkaProducer<>(large, new ByteArraySerializer(), new ByteArraySerializer());
    embeddings = new Reader(client, name + "-embeddings");
    letters = new Reader(client, name + "-letters");
    app.start();
  }

  private static NewTopic topic(String name, int maxBytes) {
    return new NewTopic(name, 1, (short) 1)
        .configs(Map.of("max.message.bytes", Integer.toString(maxBytes)));
  }

  static Builder on(EmbeddedBroker broker, String name, Path folder) {
    return new Builder(broker, name, folder);
  }

  /** How a stream differs from the usual one: plain texts, Kafka's own bounds, letters encoded. */
  static final class Builder {
    private final EmbeddedBroker broker;
    private final String name;
    private final Path folder;
    private final Map<String, Object> settings = new HashMap<>();
    private int embeddingBytes = 1 << 20;
    private int letterBytes = 1 << 20;
    private UnaryOperator<String> format = text -> text;
    private Supplier<? extends BatchEncoder> encoder = LetterEncoder::new;

    private boolean makesTopics = true;

    private Builder(EmbeddedBroker broker, String name, Path folder) {
      this.broker = broker;
      this.name = name;
      this.folder = folder;
    }

    Builder with(String key, Object value) {
      settings.put(key, value);
      return this;
    }

    Builder embeddingBytes(int most) {
      embeddingBytes = most;
      return this;
    }

    Builder letterBytes(int most) {
      letterBytes = most;
      return this;
    }

    Builder encoder(Supplier<? extends BatchEncoder> loader) {
      encoder = loader;
      return this;
    }

    /** Takes up where an earlier stream of this name has ended. */
    Builder onTheSameTopics() {
      makesTopics = false;
      return this;
    }

    /** How a good text is written as a value; each of its characters is one byte. */
    Builder format(UnaryOperator<String> valueOf) {
      format = valueOf;
      return this;
    }

    TestStream start() {
      return new TestStream(this);
    }
  }

  StreamsApp app() {
    return app;
  }

  /** Sends a record with a key and gives its offset. */
  long send(byte[] value, Header... headers) {
    try {
      return producer
          .send(
              new ProducerRecord<>(
                  name + "-texts", 0, bytes("key" + sent++), value, List.of(headers)))
          .get()
          .offset();
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Sends a text that any encoder takes. */
  String sendGood() {
    String text = "good " + sent;
    send(format.apply(text).getBytes(StandardCharsets.ISO_8859_1));
    return text;
  }

  ConsumerRecord<byte[], byte[]> nextOutput() {
    return embeddings.next();
  }

  EmbeddingRecord nextEmbedding() {
    ConsumerRecord<byte[], byte[]> next = nextOutput();
    try (Deserializer<EmbeddingRecord> serde = EmbeddingSerdes.deserializer(Map.of())) {
      return serde.deserialize(next.topic(), next.headers(), next.value());
    }
  }

  /** The next embedding is that of a text. */
  EmbeddingRecord assertNext(String text) {
    EmbeddingRecord embedding = nextEmbedding();
    assertThat(embedding.text()).isEqualTo(text);
    assertThat(embedding.vector()).isEqualTo(LetterEncoder.embedding(text));
    return embedding;
  }

  /**
   * Sends a record between two good ones, which come through, and in order; the record becomes the
   * next dead letter, with its own coordinates. The stream goes on.
   */
  ConsumerRecord<byte[], byte[]> deadLetterOf(byte[] value, Header... headers) {
    String before = sendGood();
    long offset = send(value, headers);
    String after = sendGood();
    assertThat(assertNext(before).offset()).isEqualTo(offset - 1);
    assertThat(assertNext(after).offset()).isEqualTo(offset + 1);
    ConsumerRecord<byte[], byte[]> letter = letters.next();
    assertThat(header(letter, DeadLetters.TOPIC)).isEqualTo(name + "-texts");
    assertThat(header(letter, DeadLetters.PARTITION)).isEqualTo("0");
    assertThat(header(letter, DeadLetters.OFFSET)).isEqualTo(Long.toString(offset));
    assertThat(header(letter, DeadLetters.EXCEPTION)).isNotBlank();
    assertHealthy();
    return letter;
  }

  /** As {@link #deadLetterOf}, and it is the record as it was read, with this reason. */
  void assertDeadLetter(byte[] value, String reason, Header... headers) {
    ConsumerRecord<byte[], byte[]> letter = deadLetterOf(value, headers);
    assertThat(reason(letter)).contains(reason);
    assertThat(letter.value()).isEqualTo(value);
    assertThat(letter.key()).isNotNull();
    assertThat(letter.headers().lastHeader(DeadLetters.OMITTED)).isNull();
  }

  /** Sends a text between two good ones; all three are embedded, in order. */
  void assertEmbedded(String text) {
    String before = sendGood();
    send(bytes(format.apply(text)));
    String after = sendGood();
    assertNext(before);
    assertNext(text);
    assertNext(after);
    assertHealthy();
  }

  void assertHealthy() {
    assertThat(app.failure()).isEmpty();
    assertThat(app.encoderProblem()).isEmpty();
    assertThat(app.state()).isEqualTo(KafkaStreams.State.RUNNING);
  }

  static String reason(ConsumerRecord<byte[], byte[]> letter) {
    return header(letter, DeadLetters.MESSAGE);
  }

  static String header(ConsumerRecord<byte[], byte[]> record, String key) {
    return Optional.ofNullable(record.headers().lastHeader(key))
        .map(header -> new String(header.value(), StandardCharsets.UTF_8))
        .orElse("");
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** Nothing is left over: each record has been asked for. */
  @Override
  public void close() {
    app.close();
    producer.close();
    try (embeddings;
        letters) {
      assertThat(embeddings.isAtEnd()).as("all embeddings were looked at").isTrue();
      assertThat(letters.isAtEnd()).as("all dead letters were looked at").isTrue();
    }
  }

  /** Reads committed records of one partition, one by one. */
  private static final class Reader implements AutoCloseable {
    private final TopicPartition partition;
    private final KafkaConsumer<byte[], byte[]> consumer;
    private final Deque<ConsumerRecord<byte[], byte[]>> fetched = new ArrayDeque<>();

    Reader(Map<String, Object> client, String topic) {
      Map<String, Object> properties = new HashMap<>(client);
      properties.put("isolation.level", "read_committed");
      consumer =
          new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
      partition = new TopicPartition(topic, 0);
      consumer.assign(List.of(partition));
      consumer.seekToBeginning(List.of(partition));
    }

    ConsumerRecord<byte[], byte[]> next() {
      await()
          .atMost(PATIENCE)
          .until(
              () -> {
                if (fetched.isEmpty()) {
                  consumer.poll(Duration.ofMillis(50)).forEach(fetched::addLast);
                }
                return !fetched.isEmpty();
              });
      return fetched.removeFirst();
    }

    /** Whether nothing follows but the marks of transactions. */
    boolean isAtEnd() {
      long end = consumer.endOffsets(List.of(partition)).get(partition);
      await()
          .atMost(PATIENCE)
          .until(
              () -> {
                consumer.poll(Duration.ofMillis(50)).forEach(fetched::addLast);
                return consumer.position(partition) >= end;
              });
      return fetched.isEmpty();
    }

    @Override
    public void close() {
      consumer.close();
    }
  }
}
