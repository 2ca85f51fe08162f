package io.sentencestreams.app;

import io.sentencestreams.app.config.AppConfig;
import io.sentencestreams.app.topology.EmbeddingTopology;
import io.sentencestreams.app.topology.RecordLimits;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.streams.StreamsConfig;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Compares a configuration with the cluster that it names, before anything is started. */
public final class ClusterCheck {
  private static final Logger LOG = LoggerFactory.getLogger(ClusterCheck.class);
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  /** Room for the coordinates and the reason of any dead letter. */
  private static final long SMALLEST_DEAD_LETTER_BYTES = 16 << 10;

  /** Room for vectors of some thousand dimensions, and words. */
  private static final long SMALLEST_WINDOW_BYTES = 64 << 10;

  /** Room for a centroid in JSON, and the beginnings of typical texts. */
  private static final long LARGEST_CLUSTER_BYTES = 128 << 10;

  private ClusterCheck() {}

  /**
   * What was found.
   *
   * @param problems what keeps the stream from starting, a sentence each
   * @param findings what a person may want to know, a sentence each
   * @param limits how large records may be on this cluster's topics
   */
  public record Report(List<String> problems, List<String> findings, RecordLimits limits) {}

  /** Asks the cluster; takes twenty seconds at most if it does not answer. */
  public static Report run(AppConfig config) {
    StreamsConfig streams = new StreamsConfig(config.streamsProperties());
    long maxRequest = maxRequestSize(streams);
    try (Admin admin = Admin.create(admin(streams))) {
      return run(config, streams, admin, maxRequest);
    } catch (KafkaException e) {
      return new Report(
          List.of(unreachable(streams, rootMessage(e))), List.of(), RecordLimits.of(maxRequest));
    }
  }

  /**
   * Input topics that do not exist, a sentence each; none if no broker answers, for then nobody
   * knows.
   */
  static List<String> missingInputs(AppConfig config) {
    StreamsConfig streams = new StreamsConfig(config.streamsProperties());
    List<String> missing = new ArrayList<>();
    try (Admin admin = Admin.create(admin(streams))) {
      Collection<String> existing = get(admin.listTopics().names());
      for (String topic : config.inputTopics()) {
        if (!existing.contains(topic)) {
          missing.add(doesNotExist(AppConfig.INPUT_TOPICS, topic));
        }
      }
    } catch (KafkaException e) {
      LOG.warn("Whether the input topics exist cannot be told: {}", rootMessage(e));
    }
    return missing;
  }

  private static Map<String, Object> admin(StreamsConfig streams) {
    Map<String, Object> properties = new HashMap<>(streams.getAdminConfigs("check"));
    properties.putIfAbsent(
        AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, (int) PATIENCE.toMillis());
    // A request may not take longer than the whole call.
    properties.put(
        AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG,
        properties.get(AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG));
    return properties;
  }

  private static Report run(AppConfig config, StreamsConfig streams, Admin admin, long maxRequest) {
    List<String> problems = new ArrayList<>();
    List<String> findings = new ArrayList<>();
    Collection<Node> brokers;
    try {
      brokers = get(admin.describeCluster().nodes());
      findings.add("cluster: " + brokers.size() + (brokers.size() == 1 ? " broker" : " brokers"));
      RequestBound.problem(admin, brokers, maxRequest).ifPresent(problems::add);
    } catch (KafkaException e) {
      problems.add(unreachable(streams, rootMessage(e)));
      return new Report(problems, findings, RecordLimits.of(maxRequest));
    }
    Map<String, TopicDescription> topics = new TreeMap<>();
    for (String topic : config.inputTopics()) {
      describe(admin, topic, AppConfig.INPUT_TOPICS, topics, problems);
    }
    config.outputTopics().forEach((key, topic) -> describe(admin, topic, key, topics, problems));
    topics.forEach(
        (name, description) ->
            findings.add("topic " + name + ": " + description.partitions().size() + " partitions"));
    config
        .clustersTopic()
        .filter(topics::containsKey)
        .ifPresent(
            topic -> {
              checkCompacted(admin, topic, findings);
              long limit = limit(admin, topic, maxRequest, findings);
              if (limit < LARGEST_CLUSTER_BYTES) {
                problems.add(
                    "%s: records on topic %s may have %d bytes, and a cluster can take %d; raise its max.message.bytes, or max.request.size"
                        .formatted(AppConfig.CLUSTERS_TOPIC, topic, limit, LARGEST_CLUSTER_BYTES));
              }
            });
    String changelog =
        streams.getString(StreamsConfig.APPLICATION_ID_CONFIG)
            + "-"
            + EmbeddingTopology.IN_FLIGHT_STORE
            + "-changelog";
    long outputBytes = limit(admin, config.outputTopic(), maxRequest, findings);
    long windowBytes = maxRequest;
    if (config.duplicatesTopic().isPresent()) {
      InternalTopics internal = new InternalTopics(admin, brokers, streams);
      internal.problem(config).ifPresent(problems::add);
      windowBytes =
          Math.min(
              internal.maxMessageBytes(),
              limit(admin, config.duplicatesTopic().get(), maxRequest, findings));
      if (windowBytes < SMALLEST_WINDOW_BYTES) {
        problems.add(
            "%s: records on it and on the internal topics of the window may have %d bytes, and the window needs %d; raise max.message.bytes of the topics and message.max.bytes of the brokers, or set topic.max.message.bytes, or raise max.request.size"
                .formatted(AppConfig.DUPLICATES_TOPIC, windowBytes, SMALLEST_WINDOW_BYTES));
      }
    }
    if (config.uniqueTopic().isPresent()) {
      long uniqueBytes = limit(admin, config.uniqueTopic().get(), maxRequest, findings);
      if (uniqueBytes < outputBytes) {
        problems.add(
            "%s: topic %s takes records of %d bytes and %s of %d, of which it shall have some; raise its max.message.bytes"
                .formatted(
                    AppConfig.UNIQUE_TOPIC,
                    config.uniqueTopic().get(),
                    uniqueBytes,
                    config.outputTopic(),
                    outputBytes));
      }
    }
    RecordLimits limits =
        new RecordLimits(
            limit(admin, changelog, maxRequest, findings),
            outputBytes,
            limit(admin, config.deadLetterTopic(), maxRequest, findings),
            windowBytes);
    if (limits.deadLetterBytes() < SMALLEST_DEAD_LETTER_BYTES) {
      problems.add(
          "%s: records on topic %s may have %d bytes, and the reason of a dead letter can take %d; raise its max.message.bytes, or max.request.size"
              .formatted(
                  AppConfig.DEAD_LETTER_TOPIC,
                  config.deadLetterTopic(),
                  limits.deadLetterBytes(),
                  SMALLEST_DEAD_LETTER_BYTES));
    }
    return new Report(problems, findings, limits);
  }

  /**
   * Creates those of the topics named that are missing.
   *
   * @param partitions of each; 0: as many as the broker makes by default
   * @return the topics created
   * @throws StreamStartException if no broker answers
   */
  public static List<String> createMissingTopics(AppConfig config, int partitions) {
    StreamsConfig streams = new StreamsConfig(config.streamsProperties());
    List<String> names = new ArrayList<>(config.inputTopics());
    names.addAll(config.outputTopics().values());
    config.releasesTopic().ifPresent(names::add);
    try (Admin admin = Admin.create(admin(streams))) {
      names.removeAll(existing(streams, admin));
      Optional<Integer> count = partitions > 0 ? Optional.of(partitions) : Optional.empty();
      TopicCreation.create(
          admin, names.stream().map(name -> newTopic(config, name, count)).toList());
    }
    return names;
  }

  private static NewTopic newTopic(AppConfig config, String name, Optional<Integer> partitions) {
    Map<String, String> compacted =
        Map.of(TopicConfig.CLEANUP_POLICY_CONFIG, TopicConfig.CLEANUP_POLICY_COMPACT);
    if (config.releasesTopic().filter(name::equals).isPresent()) {
      // As retrain makes it.
      return new NewTopic(name, Optional.of(1), Optional.empty()).configs(compacted);
    }
    NewTopic topic = new NewTopic(name, partitions, Optional.empty());
    return config.clustersTopic().filter(name::equals).isPresent()
        ? topic.configs(compacted)
        : topic;
  }

  /**
   * The most partitions that one of the input topics has.
   *
   * @throws StreamStartException if they cannot be described
   */
  static int inputPartitions(AppConfig config) {
    StreamsConfig streams = new StreamsConfig(config.streamsProperties());
    try (Admin admin = Admin.create(admin(streams))) {
      return get(admin.describeTopics(config.inputTopics()).allTopicNames()).values().stream()
          .mapToInt(topic -> topic.partitions().size())
          .max()
          .orElseThrow();
    } catch (KafkaException e) {
      throw new StreamStartException(
          List.of(
              "%s: the topics' partitions cannot be told: %s"
                  .formatted(AppConfig.INPUT_TOPICS, rootMessage(e))));
    }
  }

  /** What is not compacted keeps every state that a cluster ever had, or loses clusters by age. */
  private static void checkCompacted(Admin admin, String topic, List<String> findings) {
    ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
    String policy;
    try {
      policy =
          get(admin.describeConfigs(List.of(resource)).all())
              .get(resource)
              .get(TopicConfig.CLEANUP_POLICY_CONFIG)
              .value();
    } catch (KafkaException e) {
      findings.add(
          "topic %s: its cleanup.policy cannot be read (%s); it should be compact"
              .formatted(topic, rootMessage(e)));
      return;
    }
    if (!policy.equals(TopicConfig.CLEANUP_POLICY_COMPACT)) {
      findings.add(
          "warning: %s: topic %s has cleanup.policy=%s, so it forgets clusters that live; make it compact (kafka-configs.sh --alter --topic %s --add-config cleanup.policy=compact)"
              .formatted(AppConfig.CLUSTERS_TOPIC, topic, policy, topic));
    }
  }

  private static Collection<String> existing(StreamsConfig streams, Admin admin) {
    try {
      return get(admin.listTopics().names());
    } catch (KafkaException e) {
      throw new StreamStartException(List.of(unreachable(streams, rootMessage(e))));
    }
  }

  /**
   * The most bytes that the producer takes at once, which bounds every record: what it sends in one
   * request, and what it has room for.
   */
  static int maxRequestSize(StreamsConfig streams) {
    Map<String, Object> producer = new HashMap<>(streams.getProducerConfigs("check"));
    producer.put(
        ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG,
        "org.apache.kafka.common.serialization.ByteArraySerializer");
    producer.put(
        ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG,
        "org.apache.kafka.common.serialization.ByteArraySerializer");
    producer.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, "check");
    ProducerConfig config = new ProducerConfig(producer);
    return (int)
        Math.min(
            config.getInt(ProducerConfig.MAX_REQUEST_SIZE_CONFIG),
            config.getLong(ProducerConfig.BUFFER_MEMORY_CONFIG));
  }

  private static void describe(
      Admin admin,
      String topic,
      String key,
      Map<String, TopicDescription> found,
      List<String> problems) {
    try {
      found.put(topic, get(admin.describeTopics(List.of(topic)).allTopicNames()).get(topic));
    } catch (UnknownTopicOrPartitionException e) {
      problems.add(doesNotExist(key, topic));
    } catch (KafkaException e) {
      problems.add(key + ": topic " + topic + " cannot be described: " + rootMessage(e));
    }
  }

  private static String doesNotExist(String key, String topic) {
    return "%s: topic %s does not exist; create it (kafka-topics.sh --create --topic %s --partitions N) or name another"
        .formatted(key, topic, topic);
  }

  private static long limit(Admin admin, String topic, long maxRequest, List<String> findings) {
    ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
    try {
      Config config = get(admin.describeConfigs(List.of(resource)).all()).get(resource);
      long message = Long.parseLong(config.get(TopicConfig.MAX_MESSAGE_BYTES_CONFIG).value());
      long segment = Long.parseLong(config.get(TopicConfig.SEGMENT_BYTES_CONFIG).value());
      return Math.min(maxRequest, Math.min(message, segment));
    } catch (UnknownTopicOrPartitionException e) {
      return maxRequest; // not created yet: we create it with a bound of our own
    } catch (KafkaException e) {
      findings.add(
          "topic %s: its max.message.bytes cannot be read (%s), so max.request.size is taken for it"
              .formatted(topic, rootMessage(e)));
      return maxRequest;
    }
  }

  static <T> T get(KafkaFuture<T> future) {
    try {
      return future.get();
    } catch (ExecutionException e) {
      throw e.getCause() instanceof KafkaException cause ? cause : new KafkaException(e);
    } catch (InterruptedException e) {
      throw new InterruptException(e);
    }
  }

  private static String unreachable(StreamsConfig streams, String reason) {
    Collection<String> servers = streams.getList(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG);
    return StreamsConfig.BOOTSTRAP_SERVERS_CONFIG
        + ": no broker answers at "
        + String.join(",", servers)
        + " ("
        + reason
        + "); is it running, and are address, port and security.protocol right?";
  }

  static String rootMessage(Throwable e) {
    Throwable root = e;
    while (root.getCause() != null && !(root instanceof TimeoutException)) {
      root = root.getCause();
    }
    return String.valueOf(root.getMessage());
  }
}
