package io.sentencestreams.trainer.retraining;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.TopicExistsException;

/** Makes the service's own topics. Those of labels are the users', who may have them made too. */
public final class RetrainTopics {
  private RetrainTopics() {}

  /**
   * Makes those that are missing.
   *
   * @return the names of those that were made
   * @throws RetrainException if a topic of labels is missing, or an own one cannot be made
   */
  static List<String> createMissing(RetrainConfig config) {
    try (Admin admin = Admin.create(config.client(AdminClientConfig.configNames()))) {
      Set<String> there = get(admin.listTopics().names(), "list the topics");
      for (LabelTask task : config.tasks()) {
        if (!there.contains(task.topic())) {
          throw new RetrainException(
              "topic %s of labels.%s does not exist: create it, with the partitions it shall have"
                  .formatted(task.topic(), task.name()));
        }
      }
      Map<String, String> compacted =
          Map.of(TopicConfig.CLEANUP_POLICY_CONFIG, TopicConfig.CLEANUP_POLICY_COMPACT);
      Map<String, String> kept =
          Map.of(TopicConfig.RETENTION_MS_CONFIG, "-1", TopicConfig.RETENTION_BYTES_CONFIG, "-1");
      Map<String, Map<String, String>> own = new HashMap<>();
      own.put(config.releasesTopic(), compacted);
      own.put(config.replayTopic(), compacted);
      own.put(config.runsTopic(), kept);
      own.put(config.commandsTopic(), Map.of());
      List<String> made = new ArrayList<>();
      own.forEach(
          (topic, settings) -> {
            NewTopic wanted =
                new NewTopic(topic, Optional.of(1), Optional.empty()).configs(settings);
            if (!there.contains(topic) && create(admin, wanted)) {
              made.add(topic);
            }
          });
      return made.stream().sorted().toList();
    }
  }

  /**
   * Makes the topics of labels that are missing.
   *
   * @param partitions of each; 0: as many as the broker gives
   * @return the names of those that were made
   * @throws RetrainException if one cannot be made
   */
  public static List<String> createLabelTopics(RetrainConfig config, int partitions) {
    try (Admin admin = Admin.create(config.client(AdminClientConfig.configNames()))) {
      Set<String> there = get(admin.listTopics().names(), "list the topics");
      Optional<Integer> count = partitions > 0 ? Optional.of(partitions) : Optional.empty();
      return config.tasks().stream()
          .map(LabelTask::topic)
          .filter(topic -> !there.contains(topic))
          .filter(topic -> create(admin, new NewTopic(topic, count, Optional.empty())))
          .toList();
    }
  }

  private static boolean create(Admin admin, NewTopic topic) {
    try {
      get(admin.createTopics(List.of(topic)).all(), "create topic " + topic.name());
      return true;
    } catch (RetrainException e) {
      if (e.getCause() instanceof TopicExistsException) {
        return false; // another process was first
      }
      throw e;
    }
  }

  private static <T> T get(org.apache.kafka.common.KafkaFuture<T> future, String what) {
    try {
      return future.get();
    } catch (ExecutionException e) {
      throw new RetrainException(
          "cannot %s: %s".formatted(what, e.getCause().getMessage()), e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new KafkaException("interrupted", e);
    }
  }
}
