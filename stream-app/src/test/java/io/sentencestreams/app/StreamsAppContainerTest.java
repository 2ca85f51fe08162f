package io.sentencestreams.app;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.kafka.KafkaContainer;
import org.testcontainers.utility.DockerImageName;

/** On Kafka's published image, where a Docker engine is found. */
class StreamsAppContainerTest extends StreamsAppContract {
  private static final DockerImageName IMAGE = DockerImageName.parse("apache/kafka:4.3.1");

  private static KafkaContainer broker;

  @BeforeAll
  static void startBroker() {
    assumeTrue(
        DockerClientFactory.instance().isDockerAvailable(), "no Docker engine was found here");
    broker = new KafkaContainer(IMAGE);
    broker.start();
  }

  @AfterAll
  static void stopBroker() {
    if (broker != null) {
      broker.stop();
    }
  }

  @Override
  String bootstrapServers() {
    return broker.getBootstrapServers();
  }
}
