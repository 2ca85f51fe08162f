package io.sentencestreams.app.query;

import io.sentencestreams.app.window.WindowReader;
import java.util.HashMap;
import java.util.Map;

/**
 * What partitions have answered to one question so far, and of that only what may be in the whole
 * answer: however many partitions there are, it is no larger than that. Thread-safe.
 */
final class Gathered<Q, A> {
  private final Operation<Q, A> operation;
  private final Q question;
  private final Map<Integer, A> answers = new HashMap<>();

  Gathered(Operation<Q, A> operation, Q question) {
    this.operation = operation;
    this.question = question;
  }

  /**
   * Takes a partition's answer.
   *
   * @throws QueryException.Invalid if the texts of what is kept have too many characters
   */
  synchronized void put(int partition, A answer) {
    answers.put(partition, answer);
    operation.merging().trim(question, answers);
    long chars = answers.values().stream().mapToLong(operation.merging()::chars).sum();
    if (chars > WindowReader.MOST_CHARS) {
      throw new QueryException.Invalid(
          LocalPartitions.ANSWER_TOO_LARGE,
          "the texts of the answer have more than %,d characters: ask for fewer (k or limit)"
              .formatted(WindowReader.MOST_CHARS));
    }
  }

  /** By partition, as they are now. */
  synchronized Map<Integer, A> answers() {
    return Map.copyOf(answers);
  }
}
