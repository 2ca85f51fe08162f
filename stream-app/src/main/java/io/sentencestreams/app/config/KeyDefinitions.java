package io.sentencestreams.app.config;

import io.sentencestreams.schemas.SerdeConfig;
import io.sentencestreams.schemas.releases.ReleaseStoreKeys;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.ValidString;

/** Our own keys: types, defaults, bounds and documentation. */
final class KeyDefinitions {
  private static final ConfigDef.Validator NAME = new ConfigDef.NonEmptyString();

  /** No single call of process() may wait longer. */
  private static final int MAX_WAIT_MS = 2000;

  private KeyDefinitions() {}

  /** All of them, those of the serdes included. */
  static ConfigDef all() {
    ConfigDef definition = new ConfigDef();
    topics(definition);
    duplicates(definition);
    clusters(definition);
    encoder(definition);
    http(definition);
    ReleaseStoreKeys.define(definition);
    return SerdeConfig.define(definition);
  }

  /** What is read and written. */
  private static void topics(ConfigDef definition) {
    definition
        .define(
            AppConfig.INPUT_TOPICS,
            ConfigDef.Type.LIST,
            "texts",
            Importance.HIGH,
            "Topics of texts, separated by commas.")
        .define(
            AppConfig.OUTPUT_TOPIC,
            ConfigDef.Type.STRING,
            "embeddings",
            NAME,
            Importance.HIGH,
            "Topic of embeddings.")
        .define(
            AppConfig.DEAD_LETTER_TOPIC,
            ConfigDef.Type.STRING,
            "embeddings-dead-letters",
            NAME,
            Importance.HIGH,
            "Topic of records that cannot be encoded, each as it was read, with the reason in"
                + " its headers.")
        .define(
            AppConfig.OUTPUT_INCLUDE_TEXT,
            ConfigDef.Type.BOOLEAN,
            false,
            Importance.MEDIUM,
            "Whether an embedding carries its text.")
        .define(
            AppConfig.PASS_THROUGH,
            ConfigDef.Type.LIST,
            "",
            Importance.LOW,
            "Further keys, or beginnings of keys, that are meant for classes that this"
                + " configuration names. Any other unknown key is refused as a typing error.");
  }

  /** The window of near-duplicates. */
  private static void duplicates(ConfigDef definition) {
    definition
        .define(
            AppConfig.DUPLICATES_TOPIC,
            ConfigDef.Type.STRING,
            null,
            null,
            Importance.HIGH,
            "Topic of near-duplicates: pairs of texts whose event times are at most window.ms"
                + " apart. Without it none are looked for.")
        .define(
            AppConfig.UNIQUE_TOPIC,
            ConfigDef.Type.STRING,
            null,
            null,
            Importance.MEDIUM,
            "Topic of first occurrences: the embeddings of texts that have no near-duplicate before"
                + " them in the window, as on the topic of embeddings. Records of one key come in"
                + " any order there, and tombstones do not come. A text whose record is too large"
                + " for the window's topics (metric too-large-total) comes without having been"
                + " compared. Without this topic none are picked out.")
        .define(
            AppConfig.DUPLICATES_THRESHOLD,
            ConfigDef.Type.DOUBLE,
            0.9,
            ConfigDef.Range.between(0.5, 1.0),
            Importance.MEDIUM,
            "Least cosine similarity of near-duplicates.")
        .define(
            AppConfig.DUPLICATES_MAX_PAIRS,
            ConfigDef.Type.INT,
            100,
            ConfigDef.Range.between(1, 10_000),
            Importance.LOW,
            "Most pairs that a text is reported in when it comes, for each partition of the"
                + " window: the most similar of the first sixteen times as many that are found."
                + " What is left out of those is counted in the metric pairs-left-out-total.")
        .define(
            AppConfig.DUPLICATES_MAX_PAIRS_PER_SECOND,
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
            AppConfig.WINDOW_MS,
            ConfigDef.Type.LONG,
            3_600_000L,
            ConfigDef.Range.between(1L, 366L * 24 * 3_600_000),
            Importance.MEDIUM,
            "How far apart in event time two texts may be to be compared, in milliseconds. The"
                + " members of clusters are known for as long, too.")
        .define(
            AppConfig.WINDOW_GRACE_MS,
            ConfigDef.Type.LONG,
            600_000L,
            ConfigDef.Range.between(0L, 366L * 24 * 3_600_000),
            Importance.MEDIUM,
            "How far a text may be behind the input's event time and still be compared, in"
                + " milliseconds. That time is as far as the slowest partition of the input has"
                + " come. A later text is counted in the metric late-total.")
        .define(
            AppConfig.WINDOW_IDLE_MS,
            ConfigDef.Type.LONG,
            60_000L,
            ConfigDef.Range.between(0L, 24 * 3_600_000L),
            Importance.LOW,
            "How long the window waits for a partition of the input whose event time does not"
                + " move, because nothing comes or always the same time, in milliseconds in"
                + " which other texts come. For so long from its beginning the window lets go"
                + " of nothing.")
        .define(
            AppConfig.WINDOW_PARTITIONS,
            ConfigDef.Type.INT,
            4,
            ConfigDef.Range.between(1, 256),
            Importance.MEDIUM,
            "Partitions of the window, which is how far its work can be divided. Fixed once the"
                + " application has run.")
        .define(
            AppConfig.WINDOW_PARTITION_MAX_RECORDS,
            ConfigDef.Type.INT,
            100_000,
            ConfigDef.Range.between(1, 1 << 30),
            Importance.MEDIUM,
            "Most texts in one partition of the window. Beyond it the oldest leave early, which"
                + " the metric evicted-total counts. What they take in memory is checked at the"
                + " start.");
  }

  /** Clusters. */
  private static void clusters(ConfigDef definition) {
    definition
        .define(
            AppConfig.CLUSTERS_TOPIC,
            ConfigDef.Type.STRING,
            null,
            null,
            Importance.HIGH,
            "Topic of clusters, compacted: what is being talked about, one record for each"
                + " cluster. Without it none are looked for.")
        .define(
            AppConfig.CLUSTERS_ASSIGNMENTS_TOPIC,
            ConfigDef.Type.STRING,
            null,
            null,
            Importance.MEDIUM,
            "Topic of the cluster of each text when it came. Without it they are not written.")
        .define(
            AppConfig.CLUSTERS_HALF_LIFE_MS,
            ConfigDef.Type.LONG,
            24L * 3_600_000,
            ConfigDef.Range.between(1000L, 366L * 24 * 3_600_000),
            Importance.MEDIUM,
            "Event time after which a text counts half in its cluster, in milliseconds. A"
                + " cluster that gets no more texts fades within a few half-lives.")
        .define(
            AppConfig.CLUSTERS_INTERVAL_MS,
            ConfigDef.Type.LONG,
            10_000L,
            ConfigDef.Range.between(100L, 3_600_000L),
            Importance.MEDIUM,
            "How often clusters are brought up to date, in milliseconds of the wall clock; less"
                + " often where a step takes more than a quarter of that. A change is known"
                + " after two intervals at most, and the step itself.")
        .define(
            AppConfig.CLUSTERS_MAX_MICRO_CLUSTERS,
            ConfigDef.Type.INT,
            4096,
            ConfigDef.Range.between(64, 32_768),
            Importance.LOW,
            "Most micro-clusters (a recent text each, with those that say all but the same) of all"
                + " partitions together, from whose graph clusters are made; each partition has its"
                + " share, at least 64 and at most 1024. A text costs as many comparisons as its"
                + " partition has micro-clusters, and a step's time grows with their sum.");
  }

  /** The model, its batches and what is in flight. */
  private static void encoder(ConfigDef definition) {
    definition
        .define(
            AppConfig.MODEL,
            ConfigDef.Type.STRING,
            "all-MiniLM-L6-v2",
            NAME,
            Importance.HIGH,
            "Model: a name (all-MiniLM-L6-v2, bge-small-en-v1.5) or the folder of a Sentence"
                + " Transformers checkpoint.")
        .define(
            AppConfig.MODEL_PRECISION,
            ConfigDef.Type.STRING,
            "auto",
            ValidString.in("auto", "fp32", "bf16", "fp16", "int8"),
            Importance.MEDIUM,
            "Precision of the arithmetic: fp32, bf16, fp16, int8 (x86 processors, less exact),"
                + " or auto, which takes the fastest but int8 on this machine and keeps to it."
                + " The precision is part of the model's version, because vectors of two"
                + " precisions are not equal.")
        .define(
            AppConfig.MODEL_DEVICES,
            ConfigDef.Type.STRING,
            "auto",
            NAME,
            Importance.MEDIUM,
            "Where the model runs: cpu, cuda:0, several separated by commas, or auto (all GPUs,"
                + " else the CPU).")
        .define(
            AppConfig.RELEASES_TOPIC,
            ConfigDef.Type.STRING,
            null,
            Importance.MEDIUM,
            "Topic of released models, which retrain writes: the newest of them, or the one that is"
                + " pinned, takes over as soon as it is there. Without it the model stays.")
        .define(
            AppConfig.RELEASES_FOLDER,
            ConfigDef.Type.STRING,
            null,
            Importance.MEDIUM,
            "Folder of released models, on a volume that is shared with retrain, or s3://BUCKET/PREFIX.")
        .define(
            AppConfig.RELEASES_CACHE_FOLDER,
            ConfigDef.Type.STRING,
            null,
            Importance.LOW,
            "Folder of this instance alone for the released models that it uses; without it one in"
                + " state.dir.")
        .define(
            AppConfig.RELEASES_RETRY_MS,
            ConfigDef.Type.LONG,
            30_000L,
            ConfigDef.Range.atLeast(1),
            Importance.LOW,
            "Milliseconds after which a release that did not load, or releases that could not be"
                + " followed, are tried again.")
        .define(
            AppConfig.RELEASES_REEMBED_SHARE,
            ConfigDef.Type.DOUBLE,
            0.5,
            ConfigDef.Range.between(0.01, 1),
            Importance.LOW,
            "Most of the time that the encoder may spend on giving the texts of the window vectors"
                + " of a model that has taken over. Until they have them each new text is encoded"
                + " by the model before too, and the window takes up to twice the memory.")
        .define(
            AppConfig.BATCH_MAX_TOKENS,
            ConfigDef.Type.INT,
            2048,
            ConfigDef.Range.between(1, 1 << 20),
            Importance.MEDIUM,
            "Most tokens in one batch of the encoder.")
        .define(
            AppConfig.BATCH_LINGER_MS,
            ConfigDef.Type.LONG,
            0L,
            ConfigDef.Range.between(0L, 1000L),
            Importance.LOW,
            "How long a text waits for company while the encoder is idle, in milliseconds. At 0"
                + " batches form only of what arrives while the encoder is busy.")
        .define(
            AppConfig.IN_FLIGHT_MAX_MS,
            ConfigDef.Type.INT,
            MAX_WAIT_MS,
            ConfigDef.Range.between(50, MAX_WAIT_MS),
            Importance.MEDIUM,
            "Most work in flight in a process, as milliseconds of the encoder at its measured"
                + " rate, and the longest that a stream thread waits for it between two"
                + " commits.")
        .define(
            AppConfig.IN_FLIGHT_MAX_TOKENS,
            ConfigDef.Type.LONG,
            0L,
            ConfigDef.Range.atLeast(0L),
            Importance.LOW,
            "Most tokens in flight in a process; 0: by in.flight.max.ms.")
        .define(
            AppConfig.IN_FLIGHT_MAX_BYTES,
            ConfigDef.Type.LONG,
            64L << 20,
            ConfigDef.Range.atLeast(1L << 20),
            Importance.MEDIUM,
            "Most memory for records in flight in a process, in bytes. Beyond it, or beyond"
                + " 50,000 records, reading waits for the encoder.")
        .define(
            AppConfig.ENCODER_CACHE_BYTES,
            ConfigDef.Type.LONG,
            32L << 20,
            ConfigDef.Range.atLeast(0L),
            Importance.LOW,
            "Memory for the embeddings of texts that may come again, in bytes: an exact repeat"
                + " is not encoded a second time. 0: none.")
        .define(
            AppConfig.ENCODER_STALL_MS,
            ConfigDef.Type.LONG,
            60_000L,
            ConfigDef.Range.atLeast(1000L),
            Importance.LOW,
            "After how many milliseconds a call of the encoder counts as hanging: health goes"
                + " red and intake stops.")
        .define(
            AppConfig.ENCODER_RELOAD_BACKOFF_MS,
            ConfigDef.Type.LONG,
            1000L,
            ConfigDef.Range.atLeast(1L),
            Importance.LOW,
            "Pause between two attempts to load a failed encoder again, in milliseconds.");
  }

  /** Health, metrics and queries. */
  private static void http(ConfigDef definition) {
    definition
        .define(
            AppConfig.HTTP_HOST,
            ConfigDef.Type.STRING,
            "127.0.0.1",
            NAME,
            Importance.MEDIUM,
            "Address that health and metrics are served on. 0.0.0.0 serves them to everyone who"
                + " reaches this machine.")
        .define(
            AppConfig.HTTP_PORT,
            ConfigDef.Type.INT,
            8080,
            ConfigDef.Range.between(-1, 65535),
            Importance.MEDIUM,
            "Port of health and metrics; 0: a free one; -1: none.")
        .define(
            AppConfig.QUERY_HTTP,
            ConfigDef.Type.BOOLEAN,
            true,
            Importance.MEDIUM,
            "Whether the window of near-duplicates and the clusters can be queried over HTTP, where"
                + " there are any: whoever reaches http.host and http.port can read their texts"
                + " then. Other instances ask there too.")
        .define(
            AppConfig.QUERY_TIMEOUT_MS,
            ConfigDef.Type.LONG,
            5000L,
            ConfigDef.Range.between(1L, 600_000L),
            Importance.LOW,
            "After how many milliseconds a query of the window fails, the encoding of its text"
                + " and the answers of other instances included.")
        .define(
            AppConfig.QUERY_MAX_CONCURRENT,
            ConfigDef.Type.INT,
            8,
            ConfigDef.Range.between(1, 256),
            Importance.LOW,
            "Most queries that run at a time in a process; further ones are refused. As many"
                + " questions of other instances are answered besides.");
  }
}
