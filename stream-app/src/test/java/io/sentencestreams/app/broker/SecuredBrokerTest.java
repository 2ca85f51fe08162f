package io.sentencestreams.app.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sentencestreams.app.TopicCreation;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.SaslAuthenticationException;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(600)
class SecuredBrokerTest {
  @TempDir Path folder;

  @Test
  void shouldServeTransactionsThroughTlsAndSaslOnly() throws Exception {
    BrokerCertificate certificate = BrokerCertificate.make(folder);
    try (EmbeddedBroker broker = certificate.secure(EmbeddedBroker.builder()).start()) {
      Map<String, Object> client = certificate.clientProperties(broker);
      try (Admin admin = Admin.create(client)) {
        NewTopic topic = new NewTopic("texts", Optional.of(1), Optional.empty());
        TopicCreation.create(admin, List.of(topic));
      }
      Map<String, Object> writing = new HashMap<>(client);
      writing.put("transactional.id", "writer");
      try (KafkaProducer<String, String> producer =
          new KafkaProducer<>(writing, new StringSerializer(), new StringSerializer())) {
        producer.initTransactions();
        producer.beginTransaction();
        producer.send(new ProducerRecord<>("texts", "secret")).get();
        producer.commitTransaction();
      }
      TopicPartition partition = new TopicPartition("texts", 0);
      Map<String, Object> reading = new HashMap<>(client);
      reading.put("isolation.level", "read_committed");
      try (KafkaConsumer<String, String> consumer =
          new KafkaConsumer<>(reading, new StringDeserializer(), new StringDeserializer())) {
        consumer.assign(List.of(partition));
        consumer.seekToBeginning(List.of(partition));
        assertThat(consumer.poll(Duration.ofMinutes(5)).iterator().next().value())
            .isEqualTo("secret");
      }
      try (Admin stranger = Admin.create(certificate.clientProperties(broker, "guess"))) {
        assertThatThrownBy(() -> stranger.describeCluster().clusterId().get())
            .isInstanceOf(ExecutionException.class)
            .hasCauseInstanceOf(SaslAuthenticationException.class);
      }
    }
  }
}
