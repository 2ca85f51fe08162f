package io.sentencestreams.trainer.retraining;

import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.kafka.common.errors.TimeoutException;

/** Asks a cluster that may be away, for however long, until it answers. For one thread. */
final class Patience {
  private final BooleanSupplier stopping;
  private final Consumer<String> say;

  /**
   * With the cluster.
   *
   * @param stopping whether the service is to end instead
   * @param say hears that the cluster does not answer, once, and that it does again
   */
  Patience(BooleanSupplier stopping, Consumer<String> say) {
    this.stopping = stopping;
    this.say = say;
  }

  /**
   * Asks again after each time-out.
   *
   * @param question may be asked again
   * @throws TimeoutException if the service is to end
   */
  <T> T ask(Supplier<T> question) {
    boolean away = false;
    while (true) {
      try {
        T answer = question.get();
        if (away) {
          say.accept("the cluster answers again");
        }
        return answer;
      } catch (TimeoutException e) {
        if (stopping.getAsBoolean()) {
          throw e;
        }
        if (!away) {
          say.accept("the cluster does not answer, and is asked on: " + e.getMessage());
        }
        away = true;
      }
    }
  }

  /** As {@link #ask}, of what has no answer. */
  void await(Runnable request) {
    ask(
        () -> {
          request.run();
          return null;
        });
  }
}
