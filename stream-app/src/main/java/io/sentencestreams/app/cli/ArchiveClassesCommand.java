package io.sentencestreams.app.cli;

import io.sentencestreams.app.broker.EmbeddedBroker;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;
import picocli.CommandLine.Command;

/** Loads what a start loads, while the JVM records it for its class data archive. */
@Command(name = "archive-classes", hidden = true)
final class ArchiveClassesCommand implements Callable<Integer> {
  @Override
  public Integer call() throws Exception {
    try (EmbeddedBroker broker = EmbeddedBroker.start()) {
      Map<String, Object> properties = Map.of("bootstrap.servers", broker.bootstrapServers());
      try (Admin admin = Admin.create(properties)) {
        admin
            .createTopics(List.of(new NewTopic("t", Optional.of(1), Optional.empty())))
            .all()
            .get();
      }
      try (KafkaProducer<String, String> producer =
          new KafkaProducer<>(properties, new StringSerializer(), new StringSerializer())) {
        producer.send(new ProducerRecord<>("t", "text")).get();
      }
    }
    return 0;
  }
}
