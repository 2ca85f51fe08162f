package io.sentencestreams.app.query;

import io.sentencestreams.app.topology.LocalStores;
import io.sentencestreams.app.window.WindowReader;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;

/** Puts a question to partitions of this instance, one after the other. */
final class LocalPartitions {
  /** {@value}: what is wrong with a question whose answer has too many characters. */
  static final String ANSWER_TOO_LARGE = "answer_too_large";

  private LocalPartitions() {}

  /**
   * What they answered.
   *
   * @param answers by partition
   * @param missing why the others did not
   */
  record Result<A>(Map<Integer, A> answers, Map<Integer, String> missing) {}

  /**
   * Asks, but none after the deadline.
   *
   * @param gathered takes the answers
   * @return why the others have none
   * @throws QueryException.Invalid if a partition finds the question wrong, or the answer would be
   *     too large
   */
  static <Q, A> Map<Integer, String> ask(
      Operation<Q, A> operation,
      Collection<Integer> partitions,
      Q question,
      FanOut.Deadline deadline,
      Gathered<Q, A> gathered) {
    Map<Integer, String> missing = new HashMap<>();
    for (int partition : partitions) {
      if (deadline.left().isZero()) {
        missing.put(partition, "there was no time left for it (query.timeout.ms)");
        continue;
      }
      try {
        gathered.put(partition, operation.local().answer(partition, question, deadline));
      } catch (LocalStores.NotHereException e) {
        missing.put(partition, e.getMessage());
      } catch (WindowReader.DimensionException e) {
        throw new QueryException.Invalid("wrong_dimension", e.getMessage());
      } catch (WindowReader.TooLargeException e) {
        throw new QueryException.Invalid(ANSWER_TOO_LARGE, e.getMessage());
      }
    }
    return missing;
  }
}
