package io.sentencestreams.app.query;

import java.util.concurrent.Semaphore;

/**
 * What all queries of a process have in common: how many may run, how long, and what is wrong with
 * an answer. Thread-safe.
 */
final class Questions {
  private final FanOut fanOut;
  private final WindowQueries.Settings settings;
  private final Semaphore running;

  Questions(FanOut fanOut, WindowQueries.Settings settings) {
    this.fanOut = fanOut;
    this.settings = settings;
    this.running = new Semaphore(settings.maxConcurrent());
  }

  /** One query, from its beginning to its time-out. */
  interface Query<T> {
    /** The answer. */
    T answer(FanOut.Deadline deadline);
  }

  /**
   * Runs a query.
   *
   * @throws QueryException.TooMany if too many run already
   */
  <T> T limited(Query<T> query) {
    if (!running.tryAcquire()) {
      throw new QueryException.TooMany(settings.maxConcurrent());
    }
    try {
      return query.answer(FanOut.Deadline.in(settings.timeout()));
    } finally {
      running.release();
    }
  }

  /** What partitions from 0 to below a number answer. */
  <Q, A> Answers<A> ask(
      Operation<Q, A> operation, int partitions, Q question, FanOut.Deadline deadline) {
    return fanOut.ask(operation, partitions, question, deadline);
  }

  /**
   * Makes sure that an answer is as whole as it was asked for.
   *
   * @throws QueryException.Unavailable if it is not
   */
  static void requireWhole(Answers<?> answers, boolean allowPartial) {
    boolean none = answers.byPartition().isEmpty();
    if (!answers.missing().isEmpty() && (!allowPartial || none)) {
      throw new QueryException.Unavailable(answers.missing());
    }
  }

  static void checkId(String id) {
    if (id.isEmpty() || id.length() > WindowQueries.MAX_ID_CHARS) {
      throw new QueryException.Invalid(
          "out_of_range",
          "the id has %,d characters, and must have from 1 to %,d"
              .formatted(id.length(), WindowQueries.MAX_ID_CHARS));
    }
  }

  static void checkRange(String name, int value, int most) {
    if (value < 1 || value > most) {
      throw new QueryException.Invalid(
          "out_of_range", "%s is %d, and must be from 1 to %d".formatted(name, value, most));
    }
  }
}
