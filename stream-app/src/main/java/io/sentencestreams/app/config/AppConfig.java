package io.sentencestreams.app.config;

import io.sentencestreams.schemas.SerdeConfig;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.ValidString;
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

  /** {@value}: when a call of the encoder counts as hanging. */
  public static final String ENCODER_CACHE_BYTES = "encoder.cache.bytes";

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

  private static final int MAX_WAIT_MS = 2000;

  private static final ConfigDef DEFINITION = define();

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

  private static ConfigDef define() {
    ConfigDef.Validator name = new ConfigDef.NonEmptyString();
    ConfigDef definition =
        new ConfigDef()
            .define(
                INPUT_TOPICS,
                ConfigDef.Type.LIST,
                "texts",
                Importance.HIGH,
                "Topics of texts, separated by commas.")
            .define(
                OUTPUT_TOPIC,
                ConfigDef.Type.STRING,
                "embeddings",
                name,
                Importance.HIGH,
                "Topic of embeddings.")
            .define(
                DEAD_LETTER_TOPIC,
                ConfigDef.Type.STRING,
                "embeddings-dead-letters",
                name,
                Importance.HIGH,
                "Topic of records that cannot be encoded, each as it was read, with the reason in"
                    + " its headers.")
            .define(
                OUTPUT_INCLUDE_TEXT,
                ConfigDef.Type.BOOLEAN,
                false,
                Importance.MEDIUM,
                "Whether an embedding carries its text.")
            .define(
                DUPLICATES_TOPIC,
                ConfigDef.Type.STRING,
                null,
                null,
                Importance.HIGH,
                "Topic of near-duplicates: pairs of texts whose event times are at most window.ms"
                    + " apart. Without it none are looked for.")
            .define(
                UNIQUE_TOPIC,
                ConfigDef.Type.STRING,
                null,
                null,
                Importance.MEDIUM,
                "Topic of first occurrences: the embeddings of texts that have no near-duplicate"
                    + " before them in the window, as on the topic of embeddings. Records of one key"
                    + " come in any order there, and tombstones do not come. Without it none are"
                    + " picked out.")
            .define(
                DUPLICATES_THRESHOLD,
                ConfigDef.Type.DOUBLE,
                0.9,
                ConfigDef.Range.between(0.5, 1.0),
                Importance.MEDIUM,
                "Least cosine similarity of near-duplicates.")
            .define(
                DUPLICATES_MAX_PAIRS,
                ConfigDef.Type.INT,
                100,
                ConfigDef.Range.between(1, 10_000),
                Importance.LOW,
                "Most pairs that a text is reported in when it comes, for each partition of the"
                    + " window: the most similar of the first sixteen times as many that are found."
                    + " What is left out of those is counted in the metric pairs-left-out-total.")
            .define(
                DUPLICATES_MAX_PAIRS_PER_SECOND,
                ConfigDef.Type.INT,
                10_000,
                ConfigDef.Range.between(1, 100_000_000),
                Importance.LOW,
                "Most pairs that are reported in a second, those of ten seconds at once; each"
                    + " partition of the window has its share. One task names the groups of all"
                    + " pairs, and this is what it keeps up with. Beyond it a text is reported in"
                    + " one pair, and what is left out is counted in the metric"
                    + " pairs-left-out-total.")
            .define(
                WINDOW_MS,
                ConfigDef.Type.LONG,
                3_600_000L,
                ConfigDef.Range.between(1L, 366L * 24 * 3_600_000),
                Importance.MEDIUM,
                "How far apart in event time two texts may be to be compared, in milliseconds.")
            .define(
                WINDOW_GRACE_MS,
                ConfigDef.Type.LONG,
                600_000L,
                ConfigDef.Range.between(0L, 366L * 24 * 3_600_000),
                Importance.MEDIUM,
                "How far a text may be behind the input's event time and still be compared, in"
                    + " milliseconds. That time is as far as the slowest partition of the input has"
                    + " come. A later text is counted in the metric late-total.")
            .define(
                WINDOW_IDLE_MS,
                ConfigDef.Type.LONG,
                60_000L,
                ConfigDef.Range.between(0L, 24 * 3_600_000L),
                Importance.LOW,
                "How long the window waits for a partition of the input whose event time does not"
                    + " move, because nothing comes or always the same time, in milliseconds in"
                    + " which other texts come. For so long from its beginning the window lets go"
                    + " of nothing.")
            .define(
                WINDOW_PARTITIONS,
                ConfigDef.Type.INT,
                4,
                ConfigDef.Range.between(1, 256),
                Importance.MEDIUM,
                "Partitions of the window, which is how far its work can be divided. Fixed once the"
                    + " application has run.")
            .define(
                WINDOW_PARTITION_MAX_RECORDS,
                ConfigDef.Type.INT,
                100_000,
                ConfigDef.Range.between(1, 1 << 30),
                Importance.MEDIUM,
                "Most texts in one partition of the window. Beyond it the oldest leave early, which"
                    + " the metric evicted-total counts. What they take in memory is checked at the"
                    + " start.")
            .define(
                CLUSTERS_TOPIC,
                ConfigDef.Type.STRING,
                null,
                null,
                Importance.HIGH,
                "Topic of clusters, compacted: what is being talked about, one record for each"
                    + " cluster. Without it none are looked for.")
            .define(
                CLUSTERS_ASSIGNMENTS_TOPIC,
                ConfigDef.Type.STRING,
                null,
                null,
                Importance.MEDIUM,
                "Topic of the cluster of each text when it came. Without it they are not written.")
            .define(
                CLUSTERS_HALF_LIFE_MS,
                ConfigDef.Type.LONG,
                24L * 3_600_000,
                ConfigDef.Range.between(1000L, 366L * 24 * 3_600_000),
                Importance.MEDIUM,
                "Event time after which a text counts half in its cluster, in milliseconds. A"
                    + " cluster that gets no more texts fades within a few half-lives.")
            .define(
                CLUSTERS_INTERVAL_MS,
                ConfigDef.Type.LONG,
                10_000L,
                ConfigDef.Range.between(100L, 3_600_000L),
                Importance.MEDIUM,
                "How often clusters are brought up to date, in milliseconds of the wall clock; less"
                    + " often where a step takes more than a quarter of that. A change is known"
                    + " after two intervals at most, and the step itself.")
            .define(
                CLUSTERS_MAX_MICRO_CLUSTERS,
                ConfigDef.Type.INT,
                2048,
                ConfigDef.Range.between(64, 32_768),
                Importance.LOW,
                "Most micro-clusters (groups of near texts, from which clusters are made) of all"
                    + " partitions together; each partition has its share, at least 64 and at most"
                    + " 1024. A text costs as many comparisons as its partition has micro-clusters,"
                    + " and a step's time grows with the square of their sum.")
            .define(
                MODEL,
                ConfigDef.Type.STRING,
                "all-MiniLM-L6-v2",
                name,
                Importance.HIGH,
                "Model: a name (all-MiniLM-L6-v2, bge-small-en-v1.5) or the folder of a Sentence"
                    + " Transformers checkpoint.")
            .define(
                MODEL_PRECISION,
                ConfigDef.Type.STRING,
                "auto",
                ValidString.in("auto", "fp32", "bf16", "fp16", "int8"),
                Importance.MEDIUM,
                "Precision of the arithmetic: fp32, bf16, fp16, int8 (x86 processors, less exact),"
                    + " or auto, which takes the fastest but int8 on this machine and keeps to it."
                    + " The precision is part of the model's version, because vectors of two"
                    + " precisions are not equal.")
            .define(
                MODEL_DEVICES,
                ConfigDef.Type.STRING,
                "auto",
                name,
                Importance.MEDIUM,
                "Where the model runs: cpu, cuda:0, several separated by commas, or auto (all GPUs,"
                    + " else the CPU).")
            .define(
                BATCH_MAX_TOKENS,
                ConfigDef.Type.INT,
                2048,
                ConfigDef.Range.between(1, 1 << 20),
                Importance.MEDIUM,
                "Most tokens in one batch of the encoder.")
            .define(
                BATCH_LINGER_MS,
                ConfigDef.Type.LONG,
                0L,
                ConfigDef.Range.between(0L, 1000L),
                Importance.LOW,
                "How long a text waits for company while the encoder is idle, in milliseconds. At 0"
                    + " batches form only of what arrives while the encoder is busy.")
            .define(
                IN_FLIGHT_MAX_MS,
                ConfigDef.Type.INT,
                MAX_WAIT_MS,
                ConfigDef.Range.between(50, MAX_WAIT_MS),
                Importance.MEDIUM,
                "Most work in flight in a process, as milliseconds of the encoder at its measured"
                    + " rate, and the longest that a stream thread waits for it between two"
                    + " commits.")
            .define(
                IN_FLIGHT_MAX_TOKENS,
                ConfigDef.Type.LONG,
                0L,
                ConfigDef.Range.atLeast(0L),
                Importance.LOW,
                "Most tokens in flight in a process; 0: by in.flight.max.ms.")
            .define(
                IN_FLIGHT_MAX_BYTES,
                ConfigDef.Type.LONG,
                64L << 20,
                ConfigDef.Range.atLeast(1L << 20),
                Importance.MEDIUM,
                "Most memory for records in flight in a process, in bytes.")
            .define(
                ENCODER_CACHE_BYTES,
                ConfigDef.Type.LONG,
                32L << 20,
                ConfigDef.Range.atLeast(0L),
                Importance.LOW,
                "Memory for the embeddings of texts that may come again, in bytes: an exact repeat"
                    + " is not encoded a second time. 0: none.")
            .define(
                ENCODER_STALL_MS,
                ConfigDef.Type.LONG,
                60_000L,
                ConfigDef.Range.atLeast(1000L),
                Importance.LOW,
                "After how many milliseconds a call of the encoder counts as hanging: health goes"
                    + " red and intake stops.")
            .define(
                ENCODER_RELOAD_BACKOFF_MS,
                ConfigDef.Type.LONG,
                1000L,
                ConfigDef.Range.atLeast(1L),
                Importance.LOW,
                "Pause between two attempts to load a failed encoder again, in milliseconds.")
            .define(
                HTTP_HOST,
                ConfigDef.Type.STRING,
                "127.0.0.1",
                name,
                Importance.MEDIUM,
                "Address that health and metrics are served on. 0.0.0.0 serves them to everyone who"
                    + " reaches this machine.")
            .define(
                HTTP_PORT,
                ConfigDef.Type.INT,
                8080,
                ConfigDef.Range.between(-1, 65535),
                Importance.MEDIUM,
                "Port of health and metrics; 0: a free one; -1: none.")
            .define(
                QUERY_HTTP,
                ConfigDef.Type.BOOLEAN,
                true,
                Importance.MEDIUM,
                "Whether the window of near-duplicates can be queried over HTTP, where there is"
                    + " one: whoever reaches http.host and http.port can read its texts then. Other"
                    + " instances ask there too.")
            .define(
                QUERY_TIMEOUT_MS,
                ConfigDef.Type.LONG,
                5000L,
                ConfigDef.Range.between(1L, 600_000L),
                Importance.LOW,
                "After how many milliseconds a query of the window fails, the encoding of its text"
                    + " and the answers of other instances included.")
            .define(
                QUERY_MAX_CONCURRENT,
                ConfigDef.Type.INT,
                8,
                ConfigDef.Range.between(1, 256),
                Importance.LOW,
                "Most queries that run at a time in a process; further ones are refused. As many"
                    + " questions of other instances are answered besides.")
            .define(
                PASS_THROUGH,
                ConfigDef.Type.LIST,
                "",
                Importance.LOW,
                "Further keys, or beginnings of keys, that are meant for classes that this"
                    + " configuration names. Any other unknown key is refused as a typing error.");
    return SerdeConfig.define(definition);
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
