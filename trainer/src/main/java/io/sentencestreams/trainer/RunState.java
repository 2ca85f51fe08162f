package io.sentencestreams.trainer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sentencestreams.trainer.TrainingReport.Evaluation;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;

/** Where a run is, apart from its arrays. What is random follows from it and the seed. */
final class RunState {
  long step;
  final List<Cursor> cursors = new ArrayList<>();
  final List<Double> losses = new ArrayList<>();
  final List<Evaluation> evaluations = new ArrayList<>();
  int evaluationsSinceBest;

  /** The next batch of an objective. */
  record Cursor(int epoch, int batch) {}

  RunState(int objectives) {
    for (int i = 0; i < objectives; i++) {
      cursors.add(new Cursor(0, 0));
    }
  }

  OptionalDouble bestScore() {
    return evaluations.stream().mapToDouble(Evaluation::score).max();
  }

  ObjectNode toJson(ObjectMapper mapper) {
    ObjectNode root =
        mapper
            .createObjectNode()
            .put("step", step)
            .put("evaluations_since_best", evaluationsSinceBest);
    ArrayNode places = root.putArray("cursors");
    cursors.forEach(
        cursor -> places.addObject().put("epoch", cursor.epoch()).put("batch", cursor.batch()));
    ArrayNode scores = root.putArray("evaluations");
    evaluations.forEach(
        evaluation ->
            scores.addObject().put("step", evaluation.step()).put("score", evaluation.score()));
    ArrayNode values = root.putArray("losses");
    losses.forEach(values::add);
    return root;
  }

  static RunState of(JsonNode json) {
    RunState state = new RunState(0);
    state.step = json.path("step").asLong();
    state.evaluationsSinceBest = json.path("evaluations_since_best").asInt();
    json.path("cursors")
        .forEach(
            node ->
                state.cursors.add(
                    new Cursor(node.path("epoch").asInt(), node.path("batch").asInt())));
    json.path("evaluations")
        .forEach(
            node ->
                state.evaluations.add(
                    new Evaluation(node.path("step").asLong(), node.path("score").asDouble())));
    json.path("losses").forEach(node -> state.losses.add(node.asDouble()));
    return state;
  }
}
