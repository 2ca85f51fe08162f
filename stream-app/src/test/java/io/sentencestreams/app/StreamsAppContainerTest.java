package io.sentencestreams.app;

import java.util.Map;
import org.apache.kafka.clients.CommonClientConfigs;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.condition.EnabledIf;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.kafka.KafkaContainer;
import org.testcontainers.utility.DockerImageName;

/** On Kafka's published image, where a Docker engine is found. */
@EnabledIf(value = "isDockerAvailable", disabledReason = "no Docker engine was found here")
class StreamsAppContainerTest extends StreamsAppContract {
  private static final DockerImageName IMAGE = DockerImageName.parse("apache/kafka:4.3.1");

  private static KafkaContainer broker;

  static boolean isDockerAvailable() {
    return DockerClientFactory.instance().isDockerAvailable();
  }

  @BeforeAll
  static void startBroker() {
    broker = new KafkaContainer(IMAGE);
    broker.start();
  }

  @AfterAll
  static void stopBroker() {
    broker.stop();
  }

  @Override
  Map<String, Object> client() {
    return Map.of(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, broker.getBootstrapServers());
  }
}
