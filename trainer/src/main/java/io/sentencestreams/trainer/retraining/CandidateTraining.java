package io.sentencestreams.trainer.retraining;

import ai.djl.ndarray.NDManager;
import io.sentencestreams.model.EncoderOptions;
import io.sentencestreams.model.Precision;
import io.sentencestreams.model.SentenceEncoder;
import io.sentencestreams.model.checkpoint.Checkpoint;
import io.sentencestreams.model.internal.FileTrees;
import io.sentencestreams.model.training.TrainableEncoder;
import io.sentencestreams.schemas.labels.Label;
import io.sentencestreams.schemas.releases.ScoreChange;
import io.sentencestreams.trainer.Objective;
import io.sentencestreams.trainer.Trainer;
import io.sentencestreams.trainer.TrainingException;
import io.sentencestreams.trainer.TrainingListener;
import io.sentencestreams.trainer.data.Sampling;
import io.sentencestreams.trainer.data.TrainingData;
import io.sentencestreams.trainer.evaluation.Evaluator;
import io.sentencestreams.trainer.loss.BatchTripletLoss;
import io.sentencestreams.trainer.loss.CoSentLoss;
import io.sentencestreams.trainer.loss.CosineSimilarityLoss;
import io.sentencestreams.trainer.loss.Loss;
import io.sentencestreams.trainer.loss.MultipleNegativesRankingLoss;
import io.sentencestreams.trainer.loss.SoftmaxLoss;
import io.sentencestreams.trainer.loss.TripletLoss;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Trains a candidate and measures it beside the incumbent. Its folder is named after what the run
 * is of, so that one that was killed is taken up where its last checkpoint is. Without one, or if
 * that is of other threads, say, it is trained again, also if its training had ended: whatever is
 * left of a run but damaged weights, it must not fail of it.
 */
final class CandidateTraining {
  private static final Logger LOG = LoggerFactory.getLogger(CandidateTraining.class);
  private static final String PREFIX = "run-";
  private static final int NAME_DIGITS = 16;

  private final RetrainConfig config;
  private final Evaluator guard;

  /**
   * Scores of both models, each evaluator's primary metric, by task, and on the guard set.
   *
   * @param doubt of the gain on the held-out labels (see {@link HeldOut})
   */
  record Scores(Map<String, ScoreChange> tasks, ScoreChange guard, double doubt) {
    /** All of them by name; the guard set's is {@code guard}. */
    Map<String, ScoreChange> all() {
      Map<String, ScoreChange> all = new LinkedHashMap<>();
      tasks.forEach((task, score) -> all.put("held-out." + task, score));
      all.put("guard", guard);
      return all;
    }
  }

  CandidateTraining(RetrainConfig config, Evaluator guard) {
    this.config = config;
    this.guard = guard;
  }

  /**
   * Trains.
   *
   * @param start what training begins from
   * @return the candidate's folder
   */
  Path train(RunPlan plan, Checkpoint start, TrainingListener listener) throws IOException {
    Map<String, TrainingData> data = plan.data();
    Path folder = config.workFolder().resolve(PREFIX + name(start, data));
    deleteOthers(folder);
    List<Loss> losses = new ArrayList<>();
    try (TrainableEncoder encoder = TrainableEncoder.load(start, config.options());
        NDManager memory = encoder.newManager()) {
      try {
        List<Objective> objectives = new ArrayList<>();
        for (RunPlan.Part part : plan.parts()) {
          for (TrainingData set : part.data()) {
            Loss loss = loss(part.task(), set, memory, encoder.dimension());
            losses.add(loss);
            objectives.add(
                new Objective(
                    set.name(), set, loss, sampling(part.task()), part.task().batchSize()));
          }
        }
        // Without a validation: the held-out labels judge a model that did not choose by them.
        Trainer trainer =
            new Trainer(encoder, objectives, Optional.empty(), config.settings(), folder);
        if (canResume(trainer)) {
          trainer.resume(listener);
        } else {
          trainer.overwrite(listener);
        }
      } finally {
        losses.forEach(Loss::close);
      }
    }
    return folder.resolve("model");
  }

  private String name(Checkpoint start, Map<String, TrainingData> data) {
    StringBuilder inputs = new StringBuilder(start.digest());
    data.forEach((name, set) -> inputs.append(' ').append(name).append('=').append(set.digest()));
    return LabelIdentity.shuffled(inputs.toString(), config.shownSettings().toString())
        .substring(0, NAME_DIGITS);
  }

  private static boolean canResume(Trainer trainer) {
    try {
      return trainer.canResume();
    } catch (TrainingException e) {
      LOG.warn("A run begins again, what is left of it cannot be read: {}", e.getMessage());
      return false;
    }
  }

  private void deleteOthers(Path kept) throws IOException {
    Files.createDirectories(config.workFolder());
    try (DirectoryStream<Path> left =
        Files.newDirectoryStream(config.workFolder(), "." + PREFIX + "*")) {
      for (Path other : left) { // of a deletion that was killed
        FileTrees.delete(other);
      }
    }
    try (DirectoryStream<Path> runs = Files.newDirectoryStream(config.workFolder(), PREFIX + "*")) {
      for (Path other : runs) {
        if (!other.equals(kept)) {
          FileTrees.deleteAtOnce(other); // a later run may be of this name
        }
      }
    }
  }

  private Loss loss(LabelTask task, TrainingData set, NDManager memory, int dimension) {
    return switch (task.loss()) {
      case "cosine-similarity" -> new CosineSimilarityLoss();
      case "cosent" -> new CoSentLoss();
      case "softmax" ->
          new SoftmaxLoss(
              memory,
              dimension,
              Label.Inference.values().length,
              SoftmaxLoss.Features.DEFAULT,
              config.settings().seed());
      case "triplet" -> set.columns() == 3 ? new TripletLoss() : new MultipleNegativesRankingLoss();
      case "batch-hard" -> new BatchTripletLoss(BatchTripletLoss.Mining.HARD);
      default -> new MultipleNegativesRankingLoss();
    };
  }

  private static Sampling sampling(LabelTask task) {
    return switch (task.kind()) {
      case POSITIVES -> Sampling.NO_DUPLICATES;
      case SENTENCES -> Sampling.GROUPED_BY_LABEL;
      default -> Sampling.SHUFFLED;
    };
  }

  /** Measures both models, in fp32. */
  Scores evaluate(RunPlan plan, Checkpoint incumbent, Checkpoint candidate) {
    HeldOut heldOut = new HeldOut(plan.parts());
    Measured before = measure(incumbent, heldOut);
    Measured after = measure(candidate, heldOut);
    Map<String, ScoreChange> tasks = new LinkedHashMap<>();
    before.tasks.forEach(
        (task, score) -> tasks.put(task, new ScoreChange(score, after.tasks.get(task))));
    double doubt =
        tasks.isEmpty()
            ? 1
            : heldOut.doubt(before.embeddings, after.embeddings, config.settings().seed());
    return new Scores(tasks, new ScoreChange(before.guard, after.guard), doubt);
  }

  private record Measured(Map<String, Double> tasks, double guard, HeldOut.Remembered embeddings) {}

  private Measured measure(Checkpoint checkpoint, HeldOut heldOut) {
    EncoderOptions options =
        EncoderOptions.DEFAULT.withPrecision(Precision.FP32).withDevices(config.options().device());
    try (SentenceEncoder encoder = SentenceEncoder.load(checkpoint, options)) {
      HeldOut.Remembered embeddings = new HeldOut.Remembered(encoder::encode);
      Map<String, Double> tasks = heldOut.measure(embeddings);
      return new Measured(tasks, guard.evaluate(encoder::encode).score(), embeddings);
    }
  }
}
