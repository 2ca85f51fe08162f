package io.sentencestreams.trainer.retraining;

import io.sentencestreams.model.release.ReleaseStore;
import io.sentencestreams.model.release.ReleaseStores;
import io.sentencestreams.model.release.S3Options;
import io.sentencestreams.model.training.TrainableOptions;
import io.sentencestreams.schemas.releases.ReleaseStoreKeys;
import io.sentencestreams.trainer.TrainingSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigException;

/**
 * The configuration of the retraining service: the keys of {@link RetrainKeys}, those of {@link
 * LabelTask} for each topic of labels, and Kafka's own for its clients.
 */
public final class RetrainConfig extends AbstractConfig {
  private static final String TASK_PREFIX = "labels.";

  /** Keys of the serializers that a schema registry comes with. */
  private static final List<String> REGISTRY_PREFIXES =
      List.of("schema.registry.", "apicurio.", "basic.auth.", "bearer.auth.");

  private final List<LabelTask> tasks = new ArrayList<>();

  /**
   * Reads and checks a configuration.
   *
   * @throws ConfigException if a key is unknown or missing or a value is wrong, naming the key
   */
  public RetrainConfig(Map<String, Object> properties) {
    super(RetrainKeys.DEFINITION, properties, false);
    if (!properties.containsKey(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG)) {
      throw new ConfigException(
          CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG + " is missing: where is the cluster?");
    }
    List<String> names = getList(RetrainKeys.LABELS);
    if (names.isEmpty()) {
      throw new ConfigException(RetrainKeys.LABELS, names, "at least one task is needed");
    }
    Set<String> topics = new HashSet<>();
    for (String name : names) {
      LabelTask task = task(name, properties);
      if (!topics.add(task.topic())) {
        throw new ConfigException(
            TASK_PREFIX + name + ".topic", task.topic(), "is the topic of another task too");
      }
      tasks.add(task);
    }
    for (String own : List.of(releasesTopic(), runsTopic(), replayTopic(), commandsTopic())) {
      if (!topics.add(own)) {
        throw new ConfigException(
            "the topic %s is used for two things: labels, %s, %s, %s and %s must be different topics"
                .formatted(
                    own,
                    RetrainKeys.RELEASES_TOPIC,
                    RetrainKeys.RUNS_TOPIC,
                    RetrainKeys.REPLAY_TOPIC,
                    RetrainKeys.COMMANDS_TOPIC));
      }
    }
    refuseUnknown(properties, names);
    settings();
  }

  private static LabelTask task(String name, Map<String, Object> properties) {
    String prefix = TASK_PREFIX + name + ".";
    Map<String, Object> own = new TreeMap<>();
    properties.forEach(
        (key, value) -> {
          if (key.startsWith(prefix)) {
            own.put(key.substring(prefix.length()), value);
          }
        });
    for (String key : own.keySet()) {
      if (!LabelTask.definition().names().contains(key)) {
        throw new ConfigException(
            "unknown key %s%s: there are %s"
                .formatted(prefix, key, new TreeSet<>(LabelTask.definition().names())));
      }
    }
    try {
      return new LabelTask(name, own);
    } catch (ConfigException e) {
      throw new ConfigException("%s: %s".formatted(TASK_PREFIX + name, e.getMessage()));
    }
  }

  private static void refuseUnknown(Map<String, Object> properties, List<String> tasks) {
    for (String key : new TreeSet<>(properties.keySet())) {
      boolean known =
          RetrainKeys.DEFINITION.names().contains(key)
              || tasks.stream().anyMatch(task -> key.startsWith(TASK_PREFIX + task + "."))
              || REGISTRY_PREFIXES.stream().anyMatch(key::startsWith)
              || ConsumerConfig.configNames().contains(key)
              || ProducerConfig.configNames().contains(key)
              || AdminClientConfig.configNames().contains(key);
      if (!known) {
        throw new ConfigException(
            key.startsWith(TASK_PREFIX)
                ? "key %s is of a task that %s does not name".formatted(key, RetrainKeys.LABELS)
                : "unknown key " + key);
      }
    }
  }

  /** The topics of labels, in order. */
  public List<LabelTask> tasks() {
    return List.copyOf(tasks);
  }

  /** Names the service on the cluster: its consumer group, its transactional id. */
  public String id() {
    return getString(RetrainKeys.ID);
  }

  /** The model that all begins with. */
  public String model() {
    return getString(RetrainKeys.MODEL);
  }

  /** Topic of releases. */
  public String releasesTopic() {
    return getString(RetrainKeys.RELEASES_TOPIC);
  }

  /**
   * Opens the store of released models; the caller closes it.
   *
   * @throws ConfigException if its place is none
   */
  ReleaseStore releaseStore() {
    try {
      return ReleaseStores.open(
          getString(RetrainKeys.RELEASES_FOLDER),
          S3Options.of(
              getString(ReleaseStoreKeys.S3_ENDPOINT),
              getString(ReleaseStoreKeys.S3_REGION),
              getBoolean(ReleaseStoreKeys.S3_PATH_STYLE)));
    } catch (IllegalArgumentException e) {
      throw new ConfigException("%s: %s".formatted(RetrainKeys.RELEASES_FOLDER, e.getMessage()));
    }
  }

  /** Topic of training runs. */
  public String runsTopic() {
    return getString(RetrainKeys.RUNS_TOPIC);
  }

  /** Topic of labels that were used. */
  public String replayTopic() {
    return getString(RetrainKeys.REPLAY_TOPIC);
  }

  /** Topic of commands. */
  public String commandsTopic() {
    return getString(RetrainKeys.COMMANDS_TOPIC);
  }

  int releasesKeep() {
    return getInt(RetrainKeys.RELEASES_KEEP);
  }

  /** Address of health and metrics. */
  public String httpHost() {
    return getString(RetrainKeys.HTTP_HOST);
  }

  /** Port of health and metrics; 0: a free one; -1: none. */
  public int httpPort() {
    return getInt(RetrainKeys.HTTP_PORT);
  }

  Path workFolder() {
    return Path.of(getString(RetrainKeys.WORK_FOLDER));
  }

  Path guardFile() {
    return Path.of(getString(RetrainKeys.GUARD_FILE));
  }

  int triggerLabels() {
    return getInt(RetrainKeys.TRIGGER_LABELS);
  }

  Duration triggerInterval() {
    return Duration.ofMillis(getLong(RetrainKeys.TRIGGER_INTERVAL_MS));
  }

  /** Topic of embeddings that is watched; empty: none is. */
  Optional<String> driftTopic() {
    return Optional.of(getString(RetrainKeys.DRIFT_TOPIC)).filter(topic -> !topic.isBlank());
  }

  String driftFormat() {
    return getString(RetrainKeys.DRIFT_FORMAT);
  }

  int driftTexts() {
    return getInt(RetrainKeys.DRIFT_TEXTS);
  }

  double driftPValue() {
    return getDouble(RetrainKeys.DRIFT_P_VALUE);
  }

  int runMaxLabels() {
    return getInt(RetrainKeys.RUN_MAX_LABELS);
  }

  double replayRatio() {
    return getDouble(RetrainKeys.REPLAY_RATIO);
  }

  int replayMaxLabels() {
    return getInt(RetrainKeys.REPLAY_MAX_LABELS);
  }

  double heldOutShare() {
    return getDouble(RetrainKeys.HELD_OUT_SHARE);
  }

  boolean trainsFromBase() {
    return getString(RetrainKeys.TRAIN_FROM).equals("base");
  }

  Gate gate() {
    return new Gate(
        getInt(RetrainKeys.GATE_MIN_HELD_OUT),
        getDouble(RetrainKeys.GATE_MIN_GAIN),
        getDouble(RetrainKeys.GATE_MAX_DOUBT),
        getDouble(RetrainKeys.GATE_MAX_GUARD_LOSS));
  }

  TrainableOptions options() {
    TrainableOptions options =
        TrainableOptions.DEFAULT
            .withBf16(getString(RetrainKeys.PRECISION).equals("bf16"))
            .withDevice(getString(RetrainKeys.DEVICE));
    if (getInt(RetrainKeys.THREADS) > 0) {
      options = options.withThreads(getInt(RetrainKeys.THREADS));
    }
    return options;
  }

  TrainingSettings settings() {
    try {
      return TrainingSettings.builder()
          .epochs(getInt(RetrainKeys.EPOCHS))
          .learningRate(getDouble(RetrainKeys.LEARNING_RATE))
          .warmup(getDouble(RetrainKeys.WARMUP))
          .seed(getLong(RetrainKeys.SEED))
          .checkpointSteps(getInt(RetrainKeys.CHECKPOINT_STEPS))
          .build();
    } catch (IllegalArgumentException e) {
      throw new ConfigException(e.getMessage());
    }
  }

  /** The settings that a run's record shows. */
  Map<String, String> shownSettings() {
    Map<String, String> shown = new TreeMap<>();
    for (String key : RetrainKeys.SHOWN) {
      shown.put(key, String.valueOf(values().get(key)));
    }
    for (LabelTask task : tasks) {
      shown.put(TASK_PREFIX + task.name() + ".loss", task.loss());
      shown.put(TASK_PREFIX + task.name() + ".batch.size", Integer.toString(task.batchSize()));
    }
    return shown;
  }

  /** Kafka's own keys, for a client that knows some names. */
  Map<String, Object> client(Set<String> names) {
    Map<String, Object> client = new HashMap<>();
    originals()
        .forEach(
            (key, value) -> {
              if (names.contains(key)) {
                client.put(key, value);
              }
            });
    return client;
  }
}
