package io.sentencestreams.app;

import io.sentencestreams.app.config.AppConfig;
import io.sentencestreams.app.window.WindowTopology;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.server.config.ServerConfigs;
import org.apache.kafka.streams.StreamsConfig;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The topics that Kafka Streams makes for the window of an application, as an earlier start left
 * them, or as it will make them.
 */
final class InternalTopics {
  private static final Logger LOG = LoggerFactory.getLogger(InternalTopics.class);

  /** What a broker takes of a record if it does not say. */
  private static final long KAFKAS_MAX_MESSAGE_BYTES = 1_048_588;

  private final Admin admin;
  private final Collection<Node> brokers;
  private final StreamsConfig streams;

  InternalTopics(Admin admin, Collection<Node> brokers, StreamsConfig streams) {
    this.admin = admin;
    this.brokers = brokers;
    this.streams = streams;
  }

  /** What keeps the window of a configuration from running on the topics that are there. */
  Optional<String> problem(AppConfig config) {
    String topic = name(WindowTopology.WINDOW_TOPIC);
    try {
      int partitions =
          ClusterCheck.get(admin.describeTopics(List.of(topic)).allTopicNames())
              .get(topic)
              .partitions()
              .size();
      return partitions == config.windowPartitions()
          ? Optional.empty()
          : Optional.of(
              "%s is %d, and topic %s has the %d partitions that this application began with, by which its state is divided; set it to %d, or reset the application to begin anew"
                  .formatted(
                      AppConfig.WINDOW_PARTITIONS,
                      config.windowPartitions(),
                      topic,
                      partitions,
                      partitions));
    } catch (UnknownTopicOrPartitionException e) {
      return Optional.empty();
    } catch (KafkaException e) {
      return Optional.of(
          "topic %s cannot be described: %s".formatted(topic, ClusterCheck.rootMessage(e)));
    }
  }

  /** The most bytes of a record that all of them take. */
  long maxMessageBytes() {
    List<ConfigResource> topics =
        Stream.concat(
                WindowTopology.REPARTITION_TOPICS.stream(),
                WindowTopology.STORES.stream().map(store -> store + "-changelog"))
            .map(topic -> new ConfigResource(ConfigResource.Type.TOPIC, name(topic)))
            .toList();
    long most = Long.MAX_VALUE;
    boolean areNew = false;
    for (KafkaFuture<Config> answer : admin.describeConfigs(topics).values().values()) {
      try {
        ConfigEntry bound = ClusterCheck.get(answer).get(TopicConfig.MAX_MESSAGE_BYTES_CONFIG);
        most = Math.min(most, Long.parseLong(bound.value()));
      } catch (UnknownTopicOrPartitionException e) {
        areNew = true;
      } catch (KafkaException e) {
        LOG.debug("An internal topic does not tell its bound: {}", ClusterCheck.rootMessage(e));
        areNew = true;
      }
    }
    return areNew ? Math.min(most, ofNewTopics()) : most;
  }

  private String name(String topic) {
    return streams.getString(StreamsConfig.APPLICATION_ID_CONFIG) + "-" + topic;
  }

  /** Kafka Streams makes them as the broker would, unless it is told otherwise. */
  private long ofNewTopics() {
    Map<String, Object> set = streams.originalsWithPrefix(StreamsConfig.TOPIC_PREFIX);
    Object bound = set.get(TopicConfig.MAX_MESSAGE_BYTES_CONFIG);
    return bound != null
        ? Long.parseLong(bound.toString())
        : brokers.stream()
            .map(this::ofBroker)
            .flatMapToLong(OptionalLong::stream)
            .min()
            .orElse(KAFKAS_MAX_MESSAGE_BYTES);
  }

  private OptionalLong ofBroker(Node broker) {
    ConfigResource resource = new ConfigResource(ConfigResource.Type.BROKER, broker.idString());
    try {
      Config config =
          ClusterCheck.get(admin.describeConfigs(List.of(resource)).all()).get(resource);
      return OptionalLong.of(
          Long.parseLong(config.get(ServerConfigs.MESSAGE_MAX_BYTES_CONFIG).value()));
    } catch (KafkaException e) {
      LOG.debug(
          "Broker {} does not tell its {}: {}",
          broker.idString(),
          ServerConfigs.MESSAGE_MAX_BYTES_CONFIG,
          ClusterCheck.rootMessage(e));
      return OptionalLong.empty();
    }
  }
}
