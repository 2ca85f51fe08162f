package io.sentencestreams.trainer.retraining;

import io.sentencestreams.schemas.releases.ReleaseStoreKeys;
import java.util.List;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Range;
import org.apache.kafka.common.config.ConfigDef.ValidString;

/** The retraining service's own keys: types, defaults, bounds and documentation. */
public final class RetrainKeys {
  static final String LABELS = "labels";
  static final String ID = "retrain.id";
  static final String MODEL = "model";
  static final String RELEASES_TOPIC = "releases.topic";
  static final String RELEASES_FOLDER = "releases.folder";
  static final String RELEASES_KEEP = "releases.keep";
  static final String RUNS_TOPIC = "runs.topic";
  static final String REPLAY_TOPIC = "replay.topic";
  static final String COMMANDS_TOPIC = "commands.topic";
  static final String WORK_FOLDER = "work.folder";
  static final String GUARD_FILE = "guard.file";
  static final String TRIGGER_LABELS = "trigger.labels";
  static final String TRIGGER_INTERVAL_MS = "trigger.interval.ms";
  static final String RUN_MAX_LABELS = "run.max.labels";
  static final String DRIFT_TOPIC = "trigger.drift.topic";
  static final String DRIFT_FORMAT = "trigger.drift.format";
  static final String DRIFT_TEXTS = "trigger.drift.texts";
  static final String DRIFT_P_VALUE = "trigger.drift.p.value";
  static final String REPLAY_RATIO = "replay.ratio";
  static final String REPLAY_MAX_LABELS = "replay.max.labels";
  static final String HELD_OUT_SHARE = "held.out.share";
  static final String TRAIN_FROM = "train.from";
  static final String GATE_MIN_HELD_OUT = "gate.min.held.out";
  static final String GATE_MIN_GAIN = "gate.min.gain";
  static final String GATE_MAX_DOUBT = "gate.max.doubt";
  static final String GATE_MAX_GUARD_LOSS = "gate.max.guard.loss";
  static final String EPOCHS = "epochs";
  static final String LEARNING_RATE = "learning.rate";
  static final String WARMUP = "warmup";
  static final String SEED = "seed";
  static final String CHECKPOINT_STEPS = "checkpoint.steps";
  static final String PRECISION = "precision";
  static final String DEVICE = "device";
  static final String THREADS = "threads";
  static final String HTTP_HOST = "http.host";
  static final String HTTP_PORT = "http.port";

  /** What a run's result depends on besides its labels. */
  static final List<String> SHOWN =
      List.of(
          MODEL,
          TRAIN_FROM,
          REPLAY_RATIO,
          HELD_OUT_SHARE,
          GATE_MIN_HELD_OUT,
          GATE_MIN_GAIN,
          GATE_MAX_DOUBT,
          GATE_MAX_GUARD_LOSS,
          EPOCHS,
          LEARNING_RATE,
          WARMUP,
          SEED,
          PRECISION);

  static final ConfigDef DEFINITION = define();

  private RetrainKeys() {}

  /** All of them. */
  public static ConfigDef definition() {
    return new ConfigDef(DEFINITION);
  }

  private static ConfigDef define() {
    ConfigDef definition = new ConfigDef();
    ConfigDef.Validator name = new ConfigDef.NonEmptyString();
    topics(definition, name);
    runs(definition, name);
    training(definition, name);
    return ReleaseStoreKeys.define(definition);
  }

  private static void topics(ConfigDef definition, ConfigDef.Validator name) {
    definition
        .define(
            LABELS,
            ConfigDef.Type.LIST,
            ConfigDef.NO_DEFAULT_VALUE,
            Importance.HIGH,
            "Names of the tasks, one for each topic of labels; the keys of each begin with"
                + " labels.NAME.")
        .define(
            ID,
            ConfigDef.Type.STRING,
            "sentence-streams-retrain",
            name,
            Importance.MEDIUM,
            "Names the service on the cluster: it is the consumer group of the labels and the"
                + " transactional id. One service of a name is active; a second one takes over.")
        .define(
            RELEASES_TOPIC,
            ConfigDef.Type.STRING,
            "model-releases",
            name,
            Importance.HIGH,
            "Topic of releases, which the instances of the stream follow: compacted, one"
                + " partition; made if it is missing.")
        .define(
            RELEASES_FOLDER,
            ConfigDef.Type.STRING,
            ConfigDef.NO_DEFAULT_VALUE,
            name,
            Importance.HIGH,
            "Folder of released models, on a volume that the instances share, or s3://BUCKET/PREFIX.")
        .define(
            RELEASES_KEEP,
            ConfigDef.Type.INT,
            10,
            Range.atLeast(1),
            Importance.LOW,
            "So many of the newest releases stay in the folder, and the current one, the pinned one"
                + " and the model itself; others are deleted when they are a day old.")
        .define(
            RUNS_TOPIC,
            ConfigDef.Type.STRING,
            "training-runs",
            name,
            Importance.MEDIUM,
            "Topic of training runs, a record for each, released or not; made if it is missing.")
        .define(
            REPLAY_TOPIC,
            ConfigDef.Type.STRING,
            "retrain-labels",
            name,
            Importance.MEDIUM,
            "Topic in which the service keeps the labels it has used: compacted, one partition;"
                + " made if it is missing. The topics of labels may forget them.")
        .define(
            COMMANDS_TOPIC,
            ConfigDef.Type.STRING,
            "retrain-commands",
            name,
            Importance.LOW,
            "Topic of commands; a record whose value is run sets a run off. Made if it is"
                + " missing.");
  }

  private static void runs(ConfigDef definition, ConfigDef.Validator name) {
    definition
        .define(
            TRIGGER_LABELS,
            ConfigDef.Type.INT,
            1000,
            Range.atLeast(0),
            Importance.HIGH,
            "So many new labels set a run off; 0: no number does.")
        .define(
            TRIGGER_INTERVAL_MS,
            ConfigDef.Type.LONG,
            0L,
            Range.atLeast(0),
            Importance.HIGH,
            "So long after the last run one new label sets the next off; 0: no time does.")
        .define(
            DRIFT_TOPIC,
            ConfigDef.Type.STRING,
            "",
            Importance.MEDIUM,
            "Topic of embeddings that is watched for a drift of the texts; with at least one new"
                + " label it sets a run off. Empty: nothing is watched.")
        .define(
            DRIFT_FORMAT,
            ConfigDef.Type.STRING,
            "json",
            ValidString.in("json", "avro"),
            Importance.LOW,
            "How embeddings are encoded: the stream's output.format.")
        .define(
            DRIFT_TEXTS,
            ConfigDef.Type.INT,
            500,
            Range.between(20, 1000),
            Importance.LOW,
            "So many embeddings are compared with the first so many since the last run, by a kernel"
                + " two-sample test (maximum mean discrepancy). The time grows with the square.")
        .define(
            DRIFT_P_VALUE,
            ConfigDef.Type.DOUBLE,
            0.001,
            Range.between(1e-4, 0.5),
            Importance.LOW,
            "The greatest p-value of a drift: the share of comparisons that find one in texts that"
                + " do not change.")
        .define(
            RUN_MAX_LABELS,
            ConfigDef.Type.INT,
            100_000,
            Range.atLeast(1),
            Importance.LOW,
            "The most new labels of a run, about; those that follow wait on their topics.")
        .define(
            REPLAY_RATIO,
            ConfigDef.Type.DOUBLE,
            1.0,
            Range.atLeast(0),
            Importance.HIGH,
            "Labels of earlier runs that are trained on again, for each new one.")
        .define(
            REPLAY_MAX_LABELS,
            ConfigDef.Type.INT,
            200_000,
            Range.atLeast(0),
            Importance.LOW,
            "Labels that are kept for replay and to judge by, in memory and on replay.topic; beyond"
                + " it the oldest are given up.")
        .define(
            HELD_OUT_SHARE,
            ConfigDef.Type.DOUBLE,
            0.1,
            Range.between(0.01, 0.9),
            Importance.MEDIUM,
            "Share of the labels that judge and are never trained on, by a hash of their texts.")
        .define(
            GUARD_FILE,
            ConfigDef.Type.STRING,
            ConfigDef.NO_DEFAULT_VALUE,
            name,
            Importance.HIGH,
            "Sentence pairs with scores, as evaluate sts reads them, on which no released model may"
                + " be worse than the one before.")
        .define(
            GATE_MIN_HELD_OUT,
            ConfigDef.Type.INT,
            50,
            Range.atLeast(2),
            Importance.MEDIUM,
            "With fewer labels to judge by nothing is released.")
        .define(
            GATE_MIN_GAIN,
            ConfigDef.Type.DOUBLE,
            0.001,
            Range.between(0, 1),
            Importance.MEDIUM,
            "By so much a candidate must be better on the held-out labels, in the mean over the"
                + " tasks.")
        .define(
            GATE_MAX_DOUBT,
            ConfigDef.Type.DOUBLE,
            0.2,
            Range.between(0.005, 1),
            Importance.MEDIUM,
            "Of the held-out labels drawn again and again, with replacement, in such a share a"
                + " candidate may be no better: a gain on few labels may be chance. 1 leaves this"
                + " out.")
        .define(
            GATE_MAX_GUARD_LOSS,
            ConfigDef.Type.DOUBLE,
            0.002,
            Range.between(0, 1),
            Importance.MEDIUM,
            "By so much a candidate may be worse on the guard set.")
        .define(
            WORK_FOLDER,
            ConfigDef.Type.STRING,
            ConfigDef.NO_DEFAULT_VALUE,
            name,
            Importance.HIGH,
            "Folder of the running training and of models that were fetched; it may be lost.");
  }

  private static void training(ConfigDef definition, ConfigDef.Validator name) {
    definition
        .define(
            MODEL,
            ConfigDef.Type.STRING,
            "all-MiniLM-L6-v2",
            name,
            Importance.HIGH,
            "The model that is current until the first release: a name or a folder, as the"
                + " stream's.")
        .define(
            TRAIN_FROM,
            ConfigDef.Type.STRING,
            "current",
            ValidString.in("current", "base"),
            Importance.MEDIUM,
            "current: training goes on from the newest release. base: it begins anew from the"
                + " model, which wants a replay.ratio that brings all labels in.")
        .define(
            EPOCHS,
            ConfigDef.Type.INT,
            1,
            Range.atLeast(1),
            Importance.MEDIUM,
            "Passes over the data.")
        .define(
            LEARNING_RATE,
            ConfigDef.Type.DOUBLE,
            2e-5,
            Importance.MEDIUM,
            "The highest learning rate of a run.")
        .define(
            WARMUP,
            ConfigDef.Type.DOUBLE,
            0.1,
            Range.between(0, 1),
            Importance.LOW,
            "Share of the steps in which the learning rate rises.")
        .define(SEED, ConfigDef.Type.LONG, 42L, Importance.LOW, "Of all that is random in a run.")
        .define(
            CHECKPOINT_STEPS,
            ConfigDef.Type.INT,
            500,
            Range.atLeast(0),
            Importance.LOW,
            "Steps between checkpoints, from which a run goes on if the service is killed; 0: none"
                + " is written. A run without one begins again.")
        .define(
            PRECISION,
            ConfigDef.Type.STRING,
            "fp32",
            ValidString.in("fp32", "bf16"),
            Importance.MEDIUM,
            "What layers compute in while training; weights are kept in fp32.")
        .define(
            DEVICE,
            ConfigDef.Type.STRING,
            "cpu",
            Importance.MEDIUM,
            "cpu, cuda:N, or auto: a GPU if any.")
        .define(
            THREADS,
            ConfigDef.Type.INT,
            0,
            Range.atLeast(0),
            Importance.LOW,
            "Threads on a CPU; 0 for one a core.")
        .define(
            HTTP_HOST,
            ConfigDef.Type.STRING,
            "127.0.0.1",
            name,
            Importance.MEDIUM,
            "Address of health and metrics. There is no authentication.")
        .define(
            HTTP_PORT,
            ConfigDef.Type.INT,
            8081,
            Range.between(-1, 65_535),
            Importance.MEDIUM,
            "Port of health and metrics; 0: a free one; -1: none.");
  }
}
