package io.sentencestreams.trainer.retraining;

import io.sentencestreams.schemas.releases.ScoreChange;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Decides whether a candidate is released.
 *
 * @param minHeldOut labels that it must have been judged by
 * @param minGain by which it must be better on them, in the mean over the tasks
 * @param maxDoubt of that gain, from 0 to 1
 * @param maxGuardLoss by which it may be worse on the guard set
 */
record Gate(int minHeldOut, double minGain, double maxDoubt, double maxGuardLoss) {
  /**
   * Why a candidate is not released; nothing if it is.
   *
   * @param heldOut labels that the scores of the tasks come from
   * @param scores of both models
   */
  List<String> refusals(int heldOut, CandidateTraining.Scores scores) {
    Map<String, ScoreChange> tasks = scores.tasks();
    ScoreChange guard = scores.guard();
    List<String> reasons = new ArrayList<>();
    if (heldOut < minHeldOut || tasks.isEmpty()) {
      reasons.add(
          "%d held-out labels to judge by, fewer than %d (%s)"
              .formatted(heldOut, minHeldOut, RetrainKeys.GATE_MIN_HELD_OUT));
    }
    double gain = tasks.values().stream().mapToDouble(ScoreChange::gain).average().orElse(0);
    // Not the other way round: a score that is no number is no gain.
    if (!(gain >= minGain)) {
      reasons.add(
          number(
              "the held-out labels gained %.4f, less than %.4f (%s)",
              gain, minGain, RetrainKeys.GATE_MIN_GAIN));
    }
    if (!(scores.doubt() <= maxDoubt)) {
      reasons.add(
          number(
              "the gain may be chance: drawn again, the held-out labels show none in %.3f of the"
                  + " draws, more than %.3f (%s)",
              scores.doubt(), maxDoubt, RetrainKeys.GATE_MAX_DOUBT));
    }
    if (!(guard.gain() >= -maxGuardLoss)) {
      reasons.add(
          number(
              "the guard set fell by %.4f, more than %.4f (%s)",
              -guard.gain(), maxGuardLoss, RetrainKeys.GATE_MAX_GUARD_LOSS));
    }
    return reasons;
  }

  private static String number(String format, Object... arguments) {
    return String.format(Locale.ROOT, format, arguments);
  }
}
