package io.sentencestreams.app.query;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/**
 * Answers other instances of the application from the partitions of this one, and asks nobody: so
 * instances that query each other wait for no third, whatever their number.
 */
final class PeerApi {
  private final String applicationId;
  private final Map<String, Operation<?, ?>> operations;
  private final int partitions;
  private final Duration timeout;

  /**
   * Answers questions.
   *
   * @param operations that are known, by name
   * @param partitions of the store that has the most
   */
  PeerApi(
      String applicationId,
      Map<String, Operation<?, ?>> operations,
      int partitions,
      Duration timeout) {
    this.timeout = timeout;
    this.applicationId = applicationId;
    this.operations = operations;
    this.partitions = partitions;
  }

  JsonNode answer(JsonExchange exchange) throws IOException {
    exchange.requireMethod("POST");
    String path = exchange.rawPath();
    Operation<?, ?> operation =
        path.startsWith(Wire.PEER_PATH)
            ? operations.get(path.substring(Wire.PEER_PATH.length()))
            : null;
    if (operation == null) {
      throw new Problem.Answer(
          new Problem(
              Problem.NOT_FOUND,
              "unknown_path",
              "there is no %s: the other instance may run another version of this program"
                  .formatted(path)));
    }
    byte[] body = exchange.body();
    try {
      return answer(operation, body);
    } catch (JsonProcessingException e) {
      throw new Problem.Answer(
          new Problem(
              Problem.BAD_REQUEST,
              "malformed_json",
              "the question cannot be read: " + e.getOriginalMessage()));
    }
  }

  private <Q, A> JsonNode answer(Operation<Q, A> operation, byte[] body) throws IOException {
    Wire.PeerQuestion asked = Wire.JSON.readValue(body, Wire.PeerQuestion.class);
    if (asked == null) {
      throw noQuestion();
    }
    if (!applicationId.equals(asked.applicationId())) {
      throw new Problem.Answer(
          new Problem(
              Problem.CONFLICT,
              "another_application",
              "this is an instance of application %s, not of %s: check application.server"
                  .formatted(applicationId, asked.applicationId())));
    }
    if (asked.partitions() == null
        || asked.partitions().contains(null)
        || asked.partitions().size() > partitions) {
      throw new Problem.Answer(
          new Problem(Problem.BAD_REQUEST, "out_of_range", "no partitions, or too many"));
    }
    Q question = Wire.JSON.treeToValue(asked.question(), operation.question());
    if (question == null) {
      throw noQuestion();
    }
    Gathered<Q, A> gathered = new Gathered<>(operation, question);
    Map<Integer, String> missing =
        LocalPartitions.ask(operation, asked.partitions(), question, deadline(asked), gathered);
    Map<Integer, JsonNode> answers = new HashMap<>();
    gathered
        .answers()
        .forEach((partition, answer) -> answers.put(partition, Wire.JSON.valueToTree(answer)));
    return Wire.JSON.valueToTree(new Wire.PeerAnswer(answers, missing));
  }

  /** No later than that of the query which the question is part of. */
  private FanOut.Deadline deadline(Wire.PeerQuestion asked) {
    long most = timeout.toMillis();
    long left = asked.leftMillis() == null ? most : asked.leftMillis();
    return FanOut.Deadline.in(Duration.ofMillis(Math.max(0, Math.min(left, most))));
  }

  private static Problem.Answer noQuestion() {
    return new Problem.Answer(
        new Problem(Problem.BAD_REQUEST, "malformed_json", "there is no question"));
  }
}
