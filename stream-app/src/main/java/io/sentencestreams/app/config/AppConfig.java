package io.sentencestreams.app.config;

import io.sentencestreams.model.release.ReleaseStore;
import io.sentencestreams.model.release.ReleaseStores;
import io.sentencestreams.model.release.S3Options;
import io.sentencestreams.schemas.SerdeConfig;
import io.sentencestreams.schemas.releases.ReleaseStoreKeys;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.streams.AutoOffsetReset;
import org.apache.kafka.streams.StreamsConfig;

/**
 * The configuration of the stream: Kafka's own properties and the keys defined here, in one file.
 *
 * <p>Kafka's properties reach Kafka as they are, over the defaults of {@link KafkaDefaults}.
 */
public final class AppConfig extends AbstractConfig {
  /** {@value}: the topics of texts. */
  public static final String INPUT_TOPICS = "input.topics";

  /** {@value}: the topic of embeddings. */
  public static final String OUTPUT_TOPIC = "output.topic";

  /** {@value}: the topic of records that cannot be encoded. */
  public static final String DEAD_LETTER_TOPIC = "dead.letter.topic";

  /** {@value}: whether embeddings carry their text. */
  public static final String OUTPUT_INCLUDE_TEXT = "output.include.text";

  /** {@value}: the model. */
  public static final String MODEL = "model";

  /** {@value}: the precision of its arithmetic. */
  public static final String MODEL_PRECISION = "model.precision";

  /** {@value}: where it runs. */
  public static final String MODEL_DEVICES = "model.devices";

  /** {@value}: the topic of released models; without it the model stays. */
  public static final String RELEASES_TOPIC = "releases.topic";

  /** {@value}: where released models lie. */
  public static final String RELEASES_FOLDER = "releases.folder";

  /** {@value}: where this instance keeps those it uses. */
  public static final String RELEASES_CACHE_FOLDER = "releases.cache.folder";

  /** {@value}: after how long a release that did not load is tried again. */
  public static final String RELEASES_RETRY_MS = "releases.retry.ms";

  /** {@value}. */
  public static final String RELEASES_REEMBED_SHARE = "releases.reembed.share";

  /** {@value}: the most tokens in a batch. */
  public static final String BATCH_MAX_TOKENS = "batch.max.tokens";

  /** {@value}: how long an idle encoder waits for company for a text. */
  public static final String BATCH_LINGER_MS = "batch.linger.ms";

  /** {@value}: the work in flight, as time of the encoder. */
  public static final String IN_FLIGHT_MAX_MS = "in.flight.max.ms";

  /** {@value}: the tokens in flight. */
  public static final String IN_FLIGHT_MAX_TOKENS = "in.flight.max.tokens";

  /** {@value}: the bytes in flight. */
  public static final String IN_FLIGHT_MAX_BYTES = "in.flight.max.bytes";

  /** {@value}: the memory for embeddings of texts that come again. */
  public static final String ENCODER_CACHE_BYTES = "encoder.cache.bytes";

  /** {@value}: when a call of the encoder counts as hanging. */
  public static final String ENCODER_STALL_MS = "encoder.stall.ms";

  /** {@value}: the pause between two attempts to get a failed encoder to work. */
  public static final String ENCODER_RELOAD_BACKOFF_MS = "encoder.reload.backoff.ms";

  /** {@value}: the topic of near-duplicates; without it there is no window. */
  public static final String DUPLICATES_TOPIC = "duplicates.topic";

  /** {@value}: the topic of first occurrences. */
  public static final String UNIQUE_TOPIC = "unique.topic";

  /** {@value}: the similarity of near-duplicates. */
  public static final String DUPLICATES_THRESHOLD = "duplicates.threshold";

  /** {@value}: the most pairs of one text. */
  public static final String DUPLICATES_MAX_PAIRS = "duplicates.max.pairs";

  /** {@value}: the most pairs in a second. */
  public static final String DUPLICATES_MAX_PAIRS_PER_SECOND = "duplicates.max.pairs.per.second";

  /** {@value}: the topic of clusters; without it there are none. */
  public static final String CLUSTERS_TOPIC = "clusters.topic";

  /** {@value}: the topic of the cluster of each text. */
  public static final String CLUSTERS_ASSIGNMENTS_TOPIC = "clusters.assignments.topic";

  /** {@value}: how fast clusters forget. */
  public static final String CLUSTERS_HALF_LIFE_MS = "clusters.half.life.ms";

  /** {@value}: how often clusters are brought up to date. */
  public static final String CLUSTERS_INTERVAL_MS = "clusters.interval.ms";

  /** {@value}: the most micro-clusters. */
  public static final String CLUSTERS_MAX_MICRO_CLUSTERS = "clusters.max.micro.clusters";

  /** {@value}: how far apart in time two texts are compared. */
  public static final String WINDOW_MS = "window.ms";

  /** {@value}: how late a text may be. */
  public static final String WINDOW_GRACE_MS = "window.grace.ms";

  /** {@value}: how long a silent partition of the input holds up the window. */
  public static final String WINDOW_IDLE_MS = "window.idle.ms";

  /** {@value}: the partitions of the window. */
  public static final String WINDOW_PARTITIONS = "window.partitions";

  /** {@value}: the most texts in one of them. */
  public static final String WINDOW_PARTITION_MAX_RECORDS = "window.partition.max.records";

  /** {@value}: where health and metrics are served. */
  public static final String HTTP_HOST = "http.host";

  /** {@value}: the port of health and metrics. */
  public static final String HTTP_PORT = "http.port";

  /** {@value}: whether the window can be queried over HTTP. */
  public static final String QUERY_HTTP = "query.http";

  /** {@value}: after how long a query fails. */
  public static final String QUERY_TIMEOUT_MS = "query.timeout.ms";

  /** {@value}: how many queries run at a time. */
  public static final String QUERY_MAX_CONCURRENT = "query.max.concurrent";

  /** {@value}: keys that are meant for classes that the configuration names. */
  public static final String PASS_THROUGH = "config.pass.through";

  private static final ConfigDef DEFINITION = KeyDefinitions.all();

  /** Our own keys only, with the defaults filled in. */
  public AppConfig(Map<String, ?> properties) {
    super(DEFINITION, properties, false);
    if (inputTopics().isEmpty()) {
      throw new ConfigException(INPUT_TOPICS, inputTopics(), "at least one topic is needed");
    }
    Map<String, String> outputs = new LinkedHashMap<>();
    outputTopics()
        .forEach(
            (key, topic) -> {
              String other = outputs.putIfAbsent(topic, key);
              if (other != null) {
                throw new ConfigException(key, topic, "must differ from " + other);
              }
            });
    for (String topic : inputTopics()) {
      if (outputs.containsKey(topic)) {
        throw new ConfigException(
            INPUT_TOPICS, topic, "the stream would read what it writes: use another topic");
      }
    }
    if (clustersAssignmentsTopic().isPresent() && clustersTopic().isEmpty()) {
      throw new ConfigException(
          CLUSTERS_ASSIGNMENTS_TOPIC,
          clustersAssignmentsTopic().get(),
          "needs " + CLUSTERS_TOPIC + ", without which there are no clusters");
    }
    uniqueTopic().ifPresent(this::checkUnique);
    if (releasesTopic().isPresent() && getString(RELEASES_FOLDER) == null) {
      throw new ConfigException(
          RELEASES_FOLDER + " is missing: where do the models of " + RELEASES_TOPIC + " lie?");
    }
    InputReset.of(originals());
    SerdeConfig.check(properties);
  }

  private void checkUnique(String topic) {
    if (duplicatesTopic().isEmpty()) {
      throw new ConfigException(
          UNIQUE_TOPIC, topic, "is found out beside near-duplicates: set " + DUPLICATES_TOPIC);
    }
  }

  /** The definition of our keys, for the table in the README and for the check of names. */
  public static ConfigDef definition() {
    return new ConfigDef(DEFINITION);
  }

  /** Topics of texts. */
  public List<String> inputTopics() {
    return getList(INPUT_TOPICS);
  }

  /** Topic of embeddings. */
  public String outputTopic() {
    return getString(OUTPUT_TOPIC);
  }

  /** Topic of dead letters. */
  public String deadLetterTopic() {
    return getString(DEAD_LETTER_TOPIC);
  }

  /** Topic of near-duplicates; empty where none are looked for. */
  public Optional<String> duplicatesTopic() {
    return Optional.ofNullable(getString(DUPLICATES_TOPIC)).filter(topic -> !topic.isBlank());
  }

  /** Topic of first occurrences; empty where none are picked out. */
  public Optional<String> uniqueTopic() {
    return Optional.ofNullable(getString(UNIQUE_TOPIC)).filter(topic -> !topic.isBlank());
  }

  /** Least cosine similarity of near-duplicates. */
  public float duplicatesThreshold() {
    return getDouble(DUPLICATES_THRESHOLD).floatValue();
  }

  /** Most pairs of one text. */
  public int duplicatesMaxPairs() {
    return getInt(DUPLICATES_MAX_PAIRS);
  }

  /** Most pairs in a second. */
  public int duplicatesMaxPairsPerSecond() {
    return getInt(DUPLICATES_MAX_PAIRS_PER_SECOND);
  }

  /** How far apart in time two texts are compared. */
  public Duration window() {
    return Duration.ofMillis(getLong(WINDOW_MS));
  }

  /** How late a text may be. */
  public Duration windowGrace() {
    return Duration.ofMillis(getLong(WINDOW_GRACE_MS));
  }

  /** How long a silent partition of the input holds up the window. */
  public Duration windowIdle() {
    return Duration.ofMillis(getLong(WINDOW_IDLE_MS));
  }

  /** Partitions of the window. */
  public int windowPartitions() {
    return getInt(WINDOW_PARTITIONS);
  }

  /** Most texts in one of them. */
  public int windowPartitionMaxRecords() {
    return getInt(WINDOW_PARTITION_MAX_RECORDS);
  }

  /** Topic of clusters; empty where none are looked for. */
  public Optional<String> clustersTopic() {
    return Optional.ofNullable(getString(CLUSTERS_TOPIC)).filter(topic -> !topic.isBlank());
  }

  /** Topic of the cluster of each text; empty where they are not written. */
  public Optional<String> clustersAssignmentsTopic() {
    return Optional.ofNullable(getString(CLUSTERS_ASSIGNMENTS_TOPIC))
        .filter(topic -> !topic.isBlank());
  }

  /** Event time after which a text counts half in its cluster. */
  public Duration clustersHalfLife() {
    return Duration.ofMillis(getLong(CLUSTERS_HALF_LIFE_MS));
  }

  /** How often clusters are brought up to date. */
  public Duration clustersInterval() {
    return Duration.ofMillis(getLong(CLUSTERS_INTERVAL_MS));
  }

  /** Most micro-clusters of all partitions together. */
  public int clustersMaxMicroClusters() {
    return getInt(CLUSTERS_MAX_MICRO_CLUSTERS);
  }

  /** The topics that the stream writes, by the keys that name them. */
  public Map<String, String> outputTopics() {
    Map<String, String> topics = new LinkedHashMap<>();
    topics.put(OUTPUT_TOPIC, outputTopic());
    topics.put(DEAD_LETTER_TOPIC, deadLetterTopic());
    duplicatesTopic().ifPresent(topic -> topics.put(DUPLICATES_TOPIC, topic));
    uniqueTopic().ifPresent(topic -> topics.put(UNIQUE_TOPIC, topic));
    clustersTopic().ifPresent(topic -> topics.put(CLUSTERS_TOPIC, topic));
    clustersAssignmentsTopic().ifPresent(topic -> topics.put(CLUSTERS_ASSIGNMENTS_TOPIC, topic));
    return topics;
  }

  /** Whether embeddings carry their text. */
  public boolean includeText() {
    return getBoolean(OUTPUT_INCLUDE_TEXT);
  }

  /** Name or folder of the model. */
  public String model() {
    return getString(MODEL);
  }

  /** Precision: auto, fp32, bf16, fp16 or int8. */
  public String precision() {
    return getString(MODEL_PRECISION);
  }

  /** Devices, as written. */
  public String devices() {
    return getString(MODEL_DEVICES);
  }

  /** Topic of released models; empty where the model stays. */
  public Optional<String> releasesTopic() {
    return Optional.ofNullable(getString(RELEASES_TOPIC)).filter(topic -> !topic.isBlank());
  }

  /**
   * Opens the store of released models; the caller closes it.
   *
   * @throws ConfigException if its place is none
   */
  public ReleaseStore releaseStore() {
    try {
      return ReleaseStores.open(
          getString(RELEASES_FOLDER),
          S3Options.of(
              getString(ReleaseStoreKeys.S3_ENDPOINT),
              getString(ReleaseStoreKeys.S3_REGION),
              getBoolean(ReleaseStoreKeys.S3_PATH_STYLE)));
    } catch (IllegalArgumentException e) {
      throw new ConfigException("%s: %s".formatted(RELEASES_FOLDER, e.getMessage()));
    }
  }

  /** Where this instance keeps the released models that it uses. */
  public Path releasesCacheFolder() {
    String folder = getString(RELEASES_CACHE_FOLDER);
    return folder != null && !folder.isBlank()
        ? Path.of(folder)
        : Path.of(String.valueOf(streamsProperties().get(StreamsConfig.STATE_DIR_CONFIG)))
            .resolve(streamsProperties().get(StreamsConfig.APPLICATION_ID_CONFIG) + "-releases");
  }

  /** After how long a release that did not load is tried again. */
  public Duration releasesRetry() {
    return Duration.ofMillis(getLong(RELEASES_RETRY_MS));
  }

  /** Most of the time that texts of the window may be encoded again in. */
  public double releasesReembedShare() {
    return getDouble(RELEASES_REEMBED_SHARE);
  }

  /** Most tokens in a batch. */
  public int batchMaxTokens() {
    return getInt(BATCH_MAX_TOKENS);
  }

  /** How long an idle encoder waits for company for a text. */
  public Duration linger() {
    return Duration.ofMillis(getLong(BATCH_LINGER_MS));
  }

  /** Most work in flight, as time of the encoder. */
  public Duration inFlightMax() {
    return Duration.ofMillis(getInt(IN_FLIGHT_MAX_MS));
  }

  /** Most tokens in flight; 0: by {@link #inFlightMax}. */
  public long inFlightMaxTokens() {
    return getLong(IN_FLIGHT_MAX_TOKENS);
  }

  /** Most bytes in flight. */
  public long inFlightMaxBytes() {
    return getLong(IN_FLIGHT_MAX_BYTES);
  }

  /** When a call of the encoder counts as hanging. */
  public Duration encoderStall() {
    return Duration.ofMillis(getLong(ENCODER_STALL_MS));
  }

  /** Memory for embeddings of texts that may come again; 0: none. */
  public long encoderCacheBytes() {
    return getLong(ENCODER_CACHE_BYTES);
  }

  /** Pause between two attempts to load a failed encoder. */
  public Duration encoderReloadBackoff() {
    return Duration.ofMillis(getLong(ENCODER_RELOAD_BACKOFF_MS));
  }

  /** Address of health and metrics. */
  public String httpHost() {
    return getString(HTTP_HOST);
  }

  /** Port of health and metrics; 0: a free one; -1: none. */
  public int httpPort() {
    return getInt(HTTP_PORT);
  }

  /** Whether the window can be queried over HTTP, where there is one. */
  public boolean queryHttp() {
    return getBoolean(QUERY_HTTP);
  }

  /** After how long a query fails. */
  public Duration queryTimeout() {
    return Duration.ofMillis(getLong(QUERY_TIMEOUT_MS));
  }

  /** How many queries run at a time. */
  public int queryMaxConcurrent() {
    return getInt(QUERY_MAX_CONCURRENT);
  }

  /** Kafka Streams' {@code application.server}: where other instances reach this one. */
  public Optional<String> applicationServer() {
    return Optional.ofNullable(originals().get(StreamsConfig.APPLICATION_SERVER_CONFIG))
        .map(Object::toString)
        .filter(address -> !address.isBlank());
  }

  /** Where reading begins in a partition of the input without a committed offset. */
  public AutoOffsetReset inputReset() {
    return InputReset.of(originals());
  }

  /** The properties for Kafka Streams: the user's, over our defaults. */
  public Map<String, Object> streamsProperties() {
    Map<String, Object> properties = new HashMap<>(KafkaDefaults.of(originals()));
    properties.putAll(originals());
    InputReset.keepToInput(properties);
    return properties;
  }
}
