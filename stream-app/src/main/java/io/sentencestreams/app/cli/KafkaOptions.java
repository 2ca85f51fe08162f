package io.sentencestreams.app.cli;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import picocli.CommandLine.Option;

/** How a command reaches the cluster. */
final class KafkaOptions {
  @Option(
      names = "--bootstrap-server",
      paramLabel = "HOST:PORT",
      description =
          "Broker to connect to; default: bootstrap.servers of --config, or localhost:9092.")
  private String bootstrapServer;

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "Kafka client properties: TLS, SASL and all else.")
  private Path config;

  /** The file's properties, with the options of the command line above them. */
  Map<String, Object> properties() {
    Map<String, Object> all = new HashMap<>();
    if (config != null) {
      Properties file = new Properties();
      try (Reader reader = Files.newBufferedReader(config)) {
        file.load(reader);
      } catch (IOException | IllegalArgumentException e) {
        throw new CommandException("--config " + config + " cannot be read: " + e, e);
      }
      file.stringPropertyNames().forEach(key -> all.put(key, file.getProperty(key)));
    }
    if (bootstrapServer != null) {
      all.put("bootstrap.servers", bootstrapServer);
    }
    all.putIfAbsent("bootstrap.servers", "localhost:9092");
    return all;
  }

  /** The partitions of a topic that must exist. */
  List<TopicPartition> partitions(String topic) {
    Map<String, Object> properties = properties();
    properties.putIfAbsent("default.api.timeout.ms", "10000");
    properties.putIfAbsent("request.timeout.ms", "5000");
    try (Admin admin = Admin.create(properties)) {
      return admin
          .describeTopics(List.of(topic))
          .allTopicNames()
          .get()
          .get(topic)
          .partitions()
          .stream()
          .map(partition -> new TopicPartition(topic, partition.partition()))
          .toList();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof UnknownTopicOrPartitionException) {
        throw new CommandException(
            "topic %s does not exist at %s; create it first, or name another"
                .formatted(topic, properties.get("bootstrap.servers")),
            e);
      }
      if (e.getCause() instanceof TimeoutException) {
        throw new CommandException(
            "no broker answers at %s; is it running, and are address, port and security.protocol right?"
                .formatted(properties.get("bootstrap.servers")),
            e);
      }
      throw new CommandException(
          "topic %s cannot be described: %s".formatted(topic, e.getCause().getMessage()), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CommandException("interrupted", e);
    }
  }
}
