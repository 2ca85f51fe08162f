package io.sentencestreams.trainer.retraining;

import io.sentencestreams.model.checkpoint.Checkpoint;
import io.sentencestreams.model.release.ReleaseCache;
import io.sentencestreams.model.release.ReleaseStore;
import io.sentencestreams.schemas.releases.ReleaseLog;
import io.sentencestreams.schemas.releases.ReleaseRecord;
import io.sentencestreams.schemas.releases.TrainingRunRecord.Trigger;
import io.sentencestreams.trainer.TrainingListener;
import io.sentencestreams.trainer.data.StsReader;
import io.sentencestreams.trainer.evaluation.EmbeddingSimilarityEvaluator;
import io.sentencestreams.trainer.evaluation.Evaluator;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;

/**
 * The retraining service: reads labels, trains when it is time, and releases a model that is
 * better.
 *
 * <p>A run ends with one transaction of its record, its labels (on the replay topic), the offsets
 * up to which labels were read and, if its model passed the gate, the release. Until then nothing
 * of it counts, and a service that was killed does it again. The model is in the store before its
 * release is written; one that no record speaks of is of no consequence.
 *
 * <p>The first thread that calls {@link #run} does all but the training.
 */
public final class RetrainingService implements AutoCloseable {
  private static final long CLOSE_SECONDS = 60;

  /** A model in the store is left alone for so long. */
  private static final Duration UNTOUCHED = Duration.ofDays(1);

  private final RetrainConfig config;
  private final Checkpoint base;
  private final InstantSource clock;
  private final Consumer<String> say;
  private final ReleaseStore store;
  private final ReleaseCache cache;
  private final CandidateTraining training;
  private final TrainingListener listener;
  private final RetrainStatus status = new RetrainStatus();
  private final ExecutorService trainer =
      Executors.newSingleThreadExecutor(
          task -> {
            Thread thread = new Thread(task, "retraining");
            thread.setDaemon(true);
            return thread;
          });
  private final Patience patience;
  private volatile boolean stopping;
  private volatile long lastEnded;
  private Optional<String> saidPinned = Optional.empty();

  /**
   * Reads the guard set; {@link #run} does the rest.
   *
   * @param base the model of the configuration
   * @param say hears what a person should know
   * @throws IOException if the guard set cannot be read
   */
  public RetrainingService(
      RetrainConfig config,
      Checkpoint base,
      InstantSource clock,
      TrainingListener listener,
      Consumer<String> say)
      throws IOException {
    this.config = config;
    this.base = base;
    this.clock = clock;
    this.say = say;
    this.listener = untilStopped(listener);
    this.patience = new Patience(() -> stopping, say);
    this.store = config.releaseStore();
    this.cache = new ReleaseCache(store, config.workFolder().resolve("releases"));
    Evaluator guard = new EmbeddingSimilarityEvaluator(StsReader.read(config.guardFile()));
    this.training = new CandidateTraining(config, guard);
  }

  /** What a listener throws ends the training. */
  private TrainingListener untilStopped(TrainingListener listener) {
    return new TrainingListener() {
      @Override
      public void stepped(long step, long total, double loss) {
        if (stopping) {
          throw new CancellationException("the service stops");
        }
        listener.stepped(step, total, loss);
      }

      @Override
      public void evaluated(long step, double score, boolean best) {
        listener.evaluated(step, score, best);
      }
    };
  }

  /**
   * Works until {@link #stop}, and waits for a cluster that is away.
   *
   * @throws RetrainException if it cannot go on: another service has taken over, a topic is missing
   * @throws KafkaException if the cluster cannot be reached at the start, or fails otherwise
   */
  public void run() {
    RetrainTopics.createMissing(config).forEach(topic -> say.accept("created topic " + topic));
    publishBase();
    LabelMemory memory = new LabelMemory();
    try (RunTransaction transaction = new RunTransaction(config, clock, patience);
        ReleasesTopic releases = new ReleasesTopic(config)) {
      // After the transactional id was taken: what an earlier service left open has ended.
      ReplayTopic.restore(config, memory);
      say.accept("%d labels of earlier runs".formatted(memory.replayable().size()));
      lastEnded = clock.millis();
      try (LabelSource source = new LabelSource(config, memory, status);
          DriftSource drift = drift()) {
        status.reading(true);
        while (!stopping) {
          source.poll(memory.fresh().size() < config.runMaxLabels());
          transaction.keepAlive(source);
          if (drift != null) {
            drift.poll();
          }
          Optional<Trigger> trigger = trigger(memory, source, drift != null && drift.hasDrifted());
          if (trigger.isPresent() && isFree(patience.ask(releases::read))) {
            boolean done =
                new RunAttempt(trigger.get(), memory, source, transaction, releases).make();
            if (done && drift != null) {
              drift.restart();
            }
          }
        }
      }
    } catch (TimeoutException e) {
      if (!stopping) {
        throw e;
      }
      say.accept("stopped while the cluster did not answer: " + e.getMessage());
    } finally {
      status.reading(false);
    }
  }

  /** Null where nothing is watched. */
  private DriftSource drift() {
    return config
        .driftTopic()
        .map(topic -> new DriftSource(config, topic, status, say))
        .orElse(null);
  }

  /** What it does at present. */
  public RetrainStatus status() {
    return status;
  }

  /** So that there is something to go back to from the first release. */
  private void publishBase() {
    try {
      store.publish(base.directory(), base.name());
    } catch (IOException e) {
      throw new RetrainException(
          "the model cannot be put into %s (%s): %s"
              .formatted(store.describe(), RetrainKeys.RELEASES_FOLDER, e),
          e);
    }
  }

  /** Ends {@link #run} soon, from any thread; a run that trains is given up. */
  public void stop() {
    stopping = true;
  }

  private Optional<Trigger> trigger(LabelMemory memory, LabelSource source, boolean drifted) {
    int fresh = memory.fresh().size();
    boolean full = fresh >= config.runMaxLabels();
    if (source.isCommanded() && (full || source.hasReadToCommand())) {
      return Optional.of(Trigger.COMMAND);
    }
    if (config.triggerLabels() > 0
        && fresh >= Math.min(config.triggerLabels(), config.runMaxLabels())) {
      return Optional.of(Trigger.LABELS);
    }
    if (drifted && fresh > 0) {
      return Optional.of(Trigger.DRIFT);
    }
    boolean due =
        !config.triggerInterval().isZero()
            && clock.millis() - lastEnded >= config.triggerInterval().toMillis();
    return due && fresh > 0 ? Optional.of(Trigger.TIME) : Optional.empty();
  }

  /** Whether runs may start; while a release is pinned their models would have no effect. */
  private boolean isFree(ReleaseLog log) {
    Optional<String> pinned = log.pinned();
    if (!pinned.equals(saidPinned)) {
      pinned.ifPresent(
          version -> say.accept("no run starts while release " + version + " is pinned"));
      saidPinned = pinned;
      status.pinned(pinned.orElse(null));
    }
    return pinned.isEmpty();
  }

  /** One run, from its labels to its transaction. */
  private final class RunAttempt {
    private final Trigger trigger;
    private final LabelMemory memory;
    private final LabelSource source;
    private final RunTransaction transaction;
    private final ReleasesTopic releases;

    RunAttempt(
        Trigger trigger,
        LabelMemory memory,
        LabelSource source,
        RunTransaction transaction,
        ReleasesTopic releases) {
      this.trigger = trigger;
      this.memory = memory;
      this.source = source;
      this.transaction = transaction;
      this.releases = releases;
    }

    /** Whether the run has a record. */
    boolean make() {
      try {
        return attempt();
      } finally {
        status.over();
      }
    }

    private boolean attempt() {
      Optional<String> newest = patience.ask(releases::read).newest();
      Map<TopicPartition, OffsetAndMetadata> offsets = source.offsets();
      RunJob job =
          new RunJob(
              config,
              trigger,
              memory,
              newest.orElseGet(base::digest),
              () -> newest.isEmpty() ? base : cache.fetch(newest.get()),
              base,
              training,
              store,
              clock,
              listener);
      String begun = "run %s, by %s: %s".formatted(job.id(), trigger, job.describe());
      say.accept(begun);
      status.begun(begun);
      Future<RunJob.Result> running = trainer.submit(job);
      while (!running.isDone() && !stopping) {
        source.poll(false);
        transaction.keepAlive(source);
      }
      if (stopping) {
        return false;
      }
      RunJob.Result result = result(running);
      ReleaseLog log = patience.ask(releases::read);
      if (!log.newest().equals(newest) || log.pinned().isPresent()) {
        say.accept(
            "run %s is given up: the current release is another one by now".formatted(job.id()));
        return false;
      }
      transaction.commit(result, offsets, source.group(), memory);
      if (trigger == Trigger.COMMAND) {
        source.obeyed();
      }
      lastEnded = clock.millis();
      String ended = "run %s: %s".formatted(job.id(), result.describe());
      say.accept(ended);
      status.ended(result.run(), ended);
      keepOnlyCurrent(result, log);
      prune(patience.ask(releases::read));
      return true;
    }

    /** What is younger may be another service's, which has not written its record yet. */
    private void prune(ReleaseLog log) {
      Set<String> kept = new HashSet<>(Set.of(base.digest()));
      log.newest().ifPresent(kept::add);
      log.pinned().ifPresent(kept::add);
      List<ReleaseRecord> all = log.releases();
      all.subList(Math.max(0, all.size() - config.releasesKeep()), all.size())
          .forEach(release -> kept.add(release.version()));
      try {
        List<String> pruned = store.prune(kept, clock.instant().minus(UNTOUCHED));
        if (!pruned.isEmpty()) {
          say.accept("deleted from %s: %s".formatted(store.describe(), pruned));
        }
      } catch (IOException e) { // the next run tries again
        say.accept("old releases cannot be deleted from %s: %s".formatted(store.describe(), e));
      }
    }

    private void keepOnlyCurrent(RunJob.Result result, ReleaseLog log) {
      try {
        cache.keepOnly(Set.of(result.released() ? result.candidate() : log.newest().orElse("")));
      } catch (IOException e) {
        throw new RetrainException("cannot clean up " + config.workFolder() + ": " + e, e);
      }
    }
  }

  private static RunJob.Result result(Future<RunJob.Result> running) {
    try {
      return running.get();
    } catch (ExecutionException e) {
      throw new RetrainException(
          "the run broke off, and is done again by the next start: " + e.getCause(), e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new KafkaException("interrupted", e);
    }
  }

  /** Gives up a run that trains, and waits for the end of its step. */
  @Override
  public void close() {
    stop();
    trainer.shutdown();
    try {
      if (!trainer.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS)) {
        say.accept("the run did not end in time; the end of the process ends it");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    store.close();
    status.close();
  }
}
