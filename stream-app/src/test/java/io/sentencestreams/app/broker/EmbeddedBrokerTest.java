package io.sentencestreams.app.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.sentencestreams.app.TopicCreation;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(600)
class EmbeddedBrokerTest {
  private static final Duration PATIENCE = Duration.ofMinutes(5);
  private static final TopicPartition TEXTS = new TopicPartition("texts", 0);

  @TempDir Path folder;

  @Test
  void shouldServeTransactionsToReadCommittedConsumers() throws Exception {
    try (EmbeddedBroker broker = EmbeddedBroker.start()) {
      createTopic(broker);
      try (KafkaProducer<String, String> producer = transactionalProducer(broker)) {
        producer.initTransactions();
        producer.beginTransaction();
        producer.send(new ProducerRecord<>("texts", "aborted")).get();
        producer.abortTransaction();
        producer.beginTransaction();
        producer.send(new ProducerRecord<>("texts", "committed")).get();
        producer.commitTransaction();
      }
      assertThat(readAll(broker)).containsExactly("committed");
    }
  }

  @Test
  void shouldKeepItsDataOverARestart() throws Exception {
    Path data = folder.resolve("new/data");
    try (EmbeddedBroker broker = EmbeddedBroker.builder().dataDirectory(data).start()) {
      createTopic(broker);
      send(broker, "before the restart");
    }
    try (EmbeddedBroker broker = EmbeddedBroker.builder().dataDirectory(data).start()) {
      send(broker, "after the restart");
      assertThat(readAll(broker)).containsExactly("before the restart", "after the restart");
    }
  }

  @Test
  void shouldDeleteATemporaryFolderOnClose() {
    EmbeddedBroker broker = EmbeddedBroker.start();
    Path data = broker.dataDirectory();
    assertThat(data).isDirectory();
    broker.close();
    broker.close();
    assertThat(data).doesNotExist();
    assertThat(broker.failure()).isNotDone();
  }

  @Test
  void shouldListenOnTheGivenPortOnLoopbackOnly() throws Exception {
    int port = freePort();
    try (EmbeddedBroker broker = EmbeddedBroker.builder().port(port).start();
        Admin admin = Admin.create(clientProperties(broker))) {
      assertThat(broker.bootstrapServers()).isEqualTo("127.0.0.1:" + port);
      assertThat(admin.describeCluster().controller().get().port()).isNotNegative();
    }
  }

  @Test
  void shouldNotCreateATopicOnFirstUse() {
    try (EmbeddedBroker broker = EmbeddedBroker.start();
        KafkaProducer<String, String> producer =
            new KafkaProducer<>(
                merged(broker, Map.of("max.block.ms", 1000)),
                new StringSerializer(),
                new StringSerializer())) {
      assertThatThrownBy(() -> producer.send(new ProducerRecord<>("absent", "text")).get())
          .isInstanceOf(ExecutionException.class)
          .hasMessageContaining("absent");
    }
  }

  @Test
  void shouldNameThePortThatIsTaken() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      assertThatThrownBy(() -> EmbeddedBroker.builder().port(taken.getLocalPort()).start())
          .isInstanceOf(EmbeddedBrokerException.class)
          .hasMessageContaining("127.0.0.1:" + taken.getLocalPort())
          .hasMessageContaining("port 0");
    }
  }

  @Test
  void shouldRefuseAFolderThatAnotherBrokerUses() {
    try (EmbeddedBroker first = EmbeddedBroker.builder().dataDirectory(folder).start()) {
      assertThatThrownBy(() -> EmbeddedBroker.builder().dataDirectory(folder).start())
          .isInstanceOf(EmbeddedBrokerException.class)
          .hasMessageContaining(first.dataDirectory().toString())
          .hasMessageContaining("in use");
    }
  }

  @Test
  void shouldRefuseAFolderOfSomethingElse() throws IOException {
    Files.writeString(folder.resolve("thesis.txt"), "precious");
    assertThatThrownBy(() -> EmbeddedBroker.builder().dataDirectory(folder).start())
        .isInstanceOf(EmbeddedBrokerException.class)
        .hasMessageContaining("thesis.txt");
    assertThat(folder.resolve("thesis.txt")).hasContent("precious");
  }

  @Test
  void shouldRefuseAFileAsItsFolder() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "");
    assertThatThrownBy(() -> EmbeddedBroker.builder().dataDirectory(file).start())
        .isInstanceOf(EmbeddedBrokerException.class)
        .hasMessageContaining(file.toString());
  }

  @Test
  void shouldNameAWrongPropertyAndFreeWhatItTook() {
    assertThatThrownBy(
            () ->
                EmbeddedBroker.builder()
                    .dataDirectory(folder)
                    .property("num.io.threads", "many")
                    .start())
        .isInstanceOf(EmbeddedBrokerException.class)
        .hasMessageContaining("num.io.threads");
    EmbeddedBroker.builder().dataDirectory(folder).start().close();
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  @Test
  void shouldKeepRecordsWhateverTheirDatesUnlessATopicHasARetentionOfItsOwn() throws Exception {
    Map<String, String> often =
        Map.of("log.initial.task.delay.ms", "10", "log.retention.check.interval.ms", "50");
    TopicPartition shortLived = new TopicPartition("short-lived", 0);
    long years = Duration.ofDays(1000).toMillis();
    try (EmbeddedBroker broker = EmbeddedBroker.builder().properties(often).start();
        Admin admin = Admin.create(clientProperties(broker))) {
      createTopic(broker);
      NewTopic retained =
          new NewTopic(shortLived.topic(), 1, (short) 1).configs(Map.of("retention.ms", "1000"));
      TopicCreation.create(admin, List.of(retained));
      try (KafkaProducer<String, String> producer = transactionalProducer(broker)) {
        producer.initTransactions();
        producer.beginTransaction();
        long then = System.currentTimeMillis() - years;
        producer.send(new ProducerRecord<>(TEXTS.topic(), 0, then, null, "old")).get();
        producer.send(new ProducerRecord<>(shortLived.topic(), 0, then, null, "old")).get();
        producer.commitTransaction();
      }

      await()
          .atMost(PATIENCE)
          .until(() -> earliest(admin, shortLived) > 0); // the broker has looked
      assertThat(readAll(broker)).containsExactly("old");
    }
  }

  private static long earliest(Admin admin, TopicPartition partition) throws Exception {
    return admin
        .listOffsets(Map.of(partition, OffsetSpec.earliest()))
        .partitionResult(partition)
        .get()
        .offset();
  }

  private static long latest(EmbeddedBroker broker) {
    try (KafkaConsumer<String, String> consumer =
        new KafkaConsumer<>(
            clientProperties(broker), new StringDeserializer(), new StringDeserializer())) {
      return consumer.endOffsets(List.of(TEXTS)).get(TEXTS);
    }
  }

  private static void createTopic(EmbeddedBroker broker) throws Exception {
    try (Admin admin = Admin.create(clientProperties(broker))) {
      NewTopic topic = new NewTopic(TEXTS.topic(), Optional.of(1), Optional.empty());
      TopicCreation.create(admin, List.of(topic));
    }
  }

  private static void send(EmbeddedBroker broker, String value) throws Exception {
    try (KafkaProducer<String, String> producer =
        new KafkaProducer<>(
            clientProperties(broker), new StringSerializer(), new StringSerializer())) {
      producer.send(new ProducerRecord<>(TEXTS.topic(), value)).get();
    }
  }

  private static KafkaProducer<String, String> transactionalProducer(EmbeddedBroker broker) {
    return new KafkaProducer<>(
        merged(broker, Map.of("transactional.id", "test")),
        new StringSerializer(),
        new StringSerializer());
  }

  private static List<String> readAll(EmbeddedBroker broker) {
    Map<String, Object> properties = merged(broker, Map.of("isolation.level", "read_committed"));
    // That a transaction is committed is said before its partitions know.
    long end = latest(broker);
    try (KafkaConsumer<String, String> consumer =
        new KafkaConsumer<>(properties, new StringDeserializer(), new StringDeserializer())) {
      consumer.assign(List.of(TEXTS));
      consumer.seekToBeginning(List.of(TEXTS));
      List<String> values = new ArrayList<>();
      while (consumer.position(TEXTS) < end) {
        for (ConsumerRecord<String, String> read : consumer.poll(Duration.ofMillis(100))) {
          values.add(read.value());
        }
      }
      return values;
    }
  }

  private static Map<String, Object> clientProperties(EmbeddedBroker broker) {
    return Map.of("bootstrap.servers", broker.bootstrapServers());
  }

  private static Map<String, Object> merged(EmbeddedBroker broker, Map<String, Object> more) {
    Map<String, Object> all = new HashMap<>(clientProperties(broker));
    all.putAll(more);
    return all;
  }
}
