package io.sentencestreams.tests.crash;

/** A moment of the program's work at which {@link CrashAgent} can end its process. */
enum CrashPoint {
  /** A record is in the store's cache and nowhere else. */
  PUT("io.sentencestreams.app.topology.InFlightSlots", "put", Moment.AFTER, 40),
  /** Some of the store's dirty entries are sent to the changelog, the others are not. */
  FLUSH(
      "org.apache.kafka.streams.state.internals.ChangeLoggingKeyValueBytesStore",
      "put",
      Moment.AFTER,
      3),
  /** An embedding is forwarded, its slot is still full. */
  FORWARD("io.sentencestreams.app.topology.MicroBatchProcessor", "forward", Moment.AFTER, 25),
  /**
   * The changelog is acknowledged, the embeddings that left the store before are not: {@link
   * HeldOutput} leads to it.
   */
  CHANGELOG_ACKNOWLEDGED(
      "io.sentencestreams.tests.crash.HeldOutput",
      "onAcknowledgement",
      Moment.AFTER,
      1,
      Guarantee.AT_LEAST_ONCE),
  /** All that was sent is acknowledged, offsets are not committed. */
  PRODUCER_FLUSHED(
      "org.apache.kafka.clients.producer.KafkaProducer",
      "flush",
      Moment.AFTER,
      2,
      Guarantee.AT_LEAST_ONCE),
  OFFSETS_IN_TRANSACTION(
      "org.apache.kafka.clients.producer.KafkaProducer",
      "sendOffsetsToTransaction",
      Moment.AFTER,
      2,
      Guarantee.EXACTLY_ONCE),
  BEFORE_COMMIT(
      "org.apache.kafka.clients.producer.KafkaProducer",
      "commitTransaction",
      Moment.BEFORE,
      2,
      Guarantee.EXACTLY_ONCE),
  AFTER_COMMIT(
      "org.apache.kafka.clients.producer.KafkaProducer",
      "commitTransaction",
      Moment.AFTER,
      2,
      Guarantee.EXACTLY_ONCE),
  BEFORE_OFFSET_COMMIT(
      "org.apache.kafka.clients.consumer.KafkaConsumer",
      "commitSync",
      Moment.BEFORE,
      2,
      Guarantee.AT_LEAST_ONCE),
  AFTER_OFFSET_COMMIT(
      "org.apache.kafka.clients.consumer.KafkaConsumer",
      "commitSync",
      Moment.AFTER,
      2,
      Guarantee.AT_LEAST_ONCE),
  /** The changelog, which has something since {@link #needsWorkInFlight}, was read back in part. */
  RESTORE(
      "org.apache.kafka.streams.processor.internals.ProcessorStateManager",
      "restore",
      Moment.AFTER,
      1),
  /** A batch is on its way to the encoder. A place to hold it, not to kill it. */
  ENCODE(
      "io.sentencestreams.app.batch.BatchRunner", "encode", Moment.BEFORE, 1, Guarantee.NOT_KILLED),
  /** Some of what was in flight is submitted again. */
  RESUBMIT("io.sentencestreams.app.topology.MicroBatchProcessor", "resubmit", Moment.AFTER, 2),
  /** A task is closed: at a stop, or when its partition is taken away. */
  CLOSE("io.sentencestreams.app.topology.MicroBatchProcessor", "close", Moment.BEFORE, 1),
  /** A rebalance has taken partitions away; what was done is committed, what was not is closed. */
  REVOCATION(
      "org.apache.kafka.streams.processor.internals.TaskManager",
      "handleRevocation",
      Moment.AFTER,
      1),
  /** A standby is about to become the active task. */
  TAKEOVER(
      "org.apache.kafka.streams.processor.internals.StandbyTask",
      "prepareRecycle",
      Moment.BEFORE,
      1),
  /** A run of the retraining service has written a checkpoint, and trains on. */
  RETRAIN_CHECKPOINT(
      "io.sentencestreams.trainer.Trainer", "writeCheckpoint", Moment.AFTER, 2, Guarantee.RETRAIN),
  RETRAIN_TRAINED(
      "io.sentencestreams.trainer.retraining.CandidateTraining",
      "train",
      Moment.AFTER,
      1,
      Guarantee.RETRAIN),
  RETRAIN_EVALUATED(
      "io.sentencestreams.trainer.retraining.CandidateTraining",
      "evaluate",
      Moment.AFTER,
      1,
      Guarantee.RETRAIN),
  /** The model is copied into the store and not in its place; the first one is the base. */
  RETRAIN_UPLOADING(
      "io.sentencestreams.model.release.FolderReleaseStore",
      "moveInto",
      Moment.BEFORE,
      2,
      Guarantee.RETRAIN),
  RETRAIN_UPLOADED(
      "io.sentencestreams.model.release.FolderReleaseStore",
      "publish",
      Moment.AFTER,
      2,
      Guarantee.RETRAIN),
  /** A file of the model is in the bucket, others are not; the base lies there already. */
  RETRAIN_S3_SENDING(
      "io.sentencestreams.model.release.S3Bucket", "upload", Moment.AFTER, 1, Guarantee.RETRAIN),
  /** All files are in the bucket, the manifest that makes a release of them is not. */
  RETRAIN_S3_UPLOADING(
      "io.sentencestreams.model.release.S3Bucket",
      "putIfAbsent",
      Moment.BEFORE,
      1,
      Guarantee.RETRAIN),
  RETRAIN_S3_UPLOADED(
      "io.sentencestreams.model.release.S3ReleaseStore",
      "publish",
      Moment.AFTER,
      2,
      Guarantee.RETRAIN),
  RETRAIN_OFFSETS_SENT(
      "org.apache.kafka.clients.producer.KafkaProducer",
      "sendOffsetsToTransaction",
      Moment.AFTER,
      1,
      Guarantee.RETRAIN),
  RETRAIN_BEFORE_COMMIT(
      "org.apache.kafka.clients.producer.KafkaProducer",
      "commitTransaction",
      Moment.BEFORE,
      1,
      Guarantee.RETRAIN),
  RETRAIN_AFTER_COMMIT(
      "org.apache.kafka.clients.producer.KafkaProducer",
      "commitTransaction",
      Moment.AFTER,
      1,
      Guarantee.RETRAIN);

  /** Before or after the call. */
  enum Moment {
    BEFORE,
    AFTER
  }

  /** The names of the processing guarantees in the configuration. */
  static final class Guarantee {
    static final String EXACTLY_ONCE = "exactly_once_v2";
    static final String AT_LEAST_ONCE = "at_least_once";

    /** No guarantee of the stream's: the points of the retraining service. */
    static final String RETRAIN = "retrain";

    /** No guarantee: nothing is killed there. */
    static final String NOT_KILLED = "not killed";

    private Guarantee() {}
  }

  final String className;
  final String method;
  final Moment moment;
  final int call;
  private final String onlyUnder;

  CrashPoint(String className, String method, Moment moment, int call) {
    this(className, method, moment, call, null);
  }

  CrashPoint(String className, String method, Moment moment, int call, String onlyUnder) {
    this.className = className;
    this.method = method;
    this.moment = moment;
    this.call = call;
    this.onlyUnder = onlyUnder;
  }

  /**
   * Whether only those of its calls count that leave records in flight: the points behind it need
   * something to restore, and an encoder that is fast may have nothing in flight at a commit.
   */
  boolean needsWorkInFlight() {
    return this == AFTER_COMMIT || this == AFTER_OFFSET_COMMIT;
  }

  /** Whether a process that runs under this guarantee comes to this point. */
  boolean isReachedUnder(String guarantee) {
    return onlyUnder == null || onlyUnder.equals(guarantee);
  }
}
