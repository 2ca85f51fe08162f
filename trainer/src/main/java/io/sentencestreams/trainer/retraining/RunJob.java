package io.sentencestreams.trainer.retraining;

import io.sentencestreams.model.checkpoint.Checkpoint;
import io.sentencestreams.model.release.ReleaseStore;
import io.sentencestreams.schemas.releases.ReleaseRecord;
import io.sentencestreams.schemas.releases.ScoreChange;
import io.sentencestreams.schemas.releases.TrainingRunRecord;
import io.sentencestreams.schemas.releases.TrainingRunRecord.Outcome;
import io.sentencestreams.schemas.releases.TrainingRunRecord.Trigger;
import io.sentencestreams.trainer.TrainingException;
import io.sentencestreams.trainer.TrainingListener;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.StringJoiner;
import java.util.concurrent.Callable;

/**
 * A run's work off the thread that polls: trains, evaluates, decides, and puts a model that is to
 * be released into the store.
 */
final class RunJob implements Callable<RunJob.Result> {
  private final RetrainConfig config;
  private final Trigger trigger;
  private final Incumbent incumbent;
  private final Checkpoint base;
  private final CandidateTraining training;
  private final ReleaseStore store;
  private final InstantSource clock;
  private final TrainingListener listener;
  private final long started;
  private final String id;
  private final RunPlan plan;
  private final List<TrainingRunRecord.Task> accounts;
  private final String version;

  /** Fetches the model that is current. */
  interface Incumbent {
    Checkpoint fetch() throws IOException;
  }

  /**
   * What came of a run.
   *
   * @param run its record, but for the offsets
   */
  record Result(TrainingRunRecord run) {
    boolean released() {
      return run.outcome() == Outcome.RELEASED;
    }

    String candidate() {
      return run.candidate();
    }

    /** The release, of a run that has one. */
    ReleaseRecord release() {
      return ReleaseRecord.release(
          run.candidate(), run.base(), run.scores(), run.runId(), run.endedMillis());
    }

    String describe() {
      StringJoiner text = new StringJoiner(", ");
      text.add(run.outcome().name().toLowerCase(Locale.ROOT));
      run.reasons().forEach(text::add);
      run.scores()
          .forEach(
              (name, score) ->
                  text.add(
                      String.format(
                          Locale.ROOT, "%s %.4f -> %.4f", name, score.before(), score.after())));
      return text.toString();
    }
  }

  /**
   * Plans a run.
   *
   * @param version of the incumbent
   */
  RunJob(
      RetrainConfig config,
      Trigger trigger,
      LabelMemory memory,
      String version,
      Incumbent incumbent,
      Checkpoint base,
      CandidateTraining training,
      ReleaseStore store,
      InstantSource clock,
      TrainingListener listener) {
    this.config = config;
    this.trigger = trigger;
    this.incumbent = incumbent;
    this.base = base;
    this.training = training;
    this.store = store;
    this.clock = clock;
    this.listener = listener;
    this.started = clock.millis();
    this.id = config.id() + "-" + started;
    this.version = version;
    this.plan = new RunPlan(config.tasks(), memory, config, version);
    this.accounts = plan.accounts(memory);
  }

  String id() {
    return id;
  }

  String describe() {
    StringJoiner text = new StringJoiner("; ");
    accounts.forEach(
        task ->
            text.add(
                "%s: %d new labels, trains on %d (%d replayed), judged by %d"
                    .formatted(
                        task.name(),
                        task.newLabels(),
                        task.trained(),
                        task.replayed(),
                        task.heldOut())));
    return text.toString();
  }

  @Override
  public Result call() throws IOException {
    if (plan.data().isEmpty()) {
      return result(null, Outcome.REJECTED, List.of("no labels to train on"), Map.of());
    }
    Checkpoint current = incumbent.fetch();
    Path folder;
    try {
      folder = training.train(plan, config.trainsFromBase() ? base : current, listener);
    } catch (TrainingException | IllegalArgumentException e) {
      // Its labels are kept for replay: what is wrong may not be with them.
      return result(null, Outcome.FAILED, List.of(e.getMessage()), Map.of());
    }
    Checkpoint candidate = Checkpoint.open(folder);
    CandidateTraining.Scores scores = training.evaluate(plan, current, candidate);
    List<String> refusals = config.gate().refusals(plan.heldOut(), scores);
    String digest = candidate.digest();
    if (digest.equals(version)) {
      return result(
          digest, Outcome.REJECTED, List.of("training has changed nothing"), scores.all());
    }
    if (refusals.isEmpty()) {
      store.publish(folder, base.name());
    }
    return result(
        digest, refusals.isEmpty() ? Outcome.RELEASED : Outcome.REJECTED, refusals, scores.all());
  }

  private Result result(
      String candidate, Outcome outcome, List<String> reasons, Map<String, ScoreChange> scores) {
    return new Result(
        new TrainingRunRecord(
            id,
            trigger,
            outcome,
            reasons,
            started,
            clock.millis(),
            version,
            candidate,
            accounts,
            scores,
            config.shownSettings(),
            Map.of()));
  }
}
