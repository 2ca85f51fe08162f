package io.sentencestreams.trainer;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.OptionalDouble;

/**
 * How a run went.
 *
 * @param steps that were made, in this process and in those that it resumed
 * @param losses of each step, the mean over the objectives
 * @param evaluations in order
 * @param samplesPerSecond examples that this process trained on, by the time in their steps
 * @param stoppedEarly whether patience ran out
 */
public record TrainingReport(
    long steps,
    List<Double> losses,
    List<Evaluation> evaluations,
    double samplesPerSecond,
    boolean stoppedEarly) {
  /** A score after a number of steps. */
  public record Evaluation(long step, double score) {}

  /** Copies the lists. */
  public TrainingReport {
    losses = List.copyOf(losses);
    evaluations = List.copyOf(evaluations);
  }

  /** The highest score; empty if there was no evaluation. */
  public OptionalDouble bestScore() {
    return evaluations.stream().mapToDouble(Evaluation::score).max();
  }

  /** As JSON. */
  ObjectNode toJson(ObjectMapper mapper) {
    ObjectNode root =
        mapper
            .createObjectNode()
            .put("steps", steps)
            .put("samples_per_second", samplesPerSecond)
            .put("stopped_early", stoppedEarly);
    bestScore().ifPresent(score -> root.put("best_score", score));
    ArrayNode scores = root.putArray("evaluations");
    evaluations.forEach(
        evaluation ->
            scores.addObject().put("step", evaluation.step()).put("score", evaluation.score()));
    ArrayNode values = root.putArray("losses");
    losses.forEach(values::add);
    return root;
  }
}
