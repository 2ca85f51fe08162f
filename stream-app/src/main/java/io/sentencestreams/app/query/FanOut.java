package io.sentencestreams.app.query;

import java.io.IOException;
import java.net.ConnectException;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.streams.state.HostInfo;

/**
 * Puts a question to the owners of partitions, those of other instances while this one looks into
 * its own. Where a partition has moved meanwhile, its new owner is asked. Thread-safe.
 */
final class FanOut {
  /** A partition that moves more often while one question is asked will not stand still. */
  private static final int ROUNDS = 3;

  private final Owners owners;
  private final HostInfo self;
  private final PeerClient peers;

  /**
   * Asks through these.
   *
   * @param self the address of this instance; null where it has none
   */
  FanOut(Owners owners, HostInfo self, PeerClient peers) {
    this.owners = owners;
    this.self = self;
    this.peers = peers;
  }

  /** The time when an answer is of no use any more, on the clock of {@link System#nanoTime}. */
  record Deadline(long nanos) {
    static Deadline in(Duration time) {
      return new Deadline(System.nanoTime() + time.toNanos());
    }

    Duration left() {
      return Duration.ofNanos(Math.max(0, nanos - System.nanoTime()));
    }
  }

  /**
   * Asks partitions from 0 to below a number.
   *
   * @throws QueryException.Invalid if an owner says that the question is wrong, or the answer would
   *     be too large
   */
  <Q, A> Answers<A> ask(Operation<Q, A> operation, int partitions, Q question, Deadline deadline) {
    Gathered<Q, A> gathered = new Gathered<>(operation, question);
    Map<Integer, MissingPartition> missing = new HashMap<>();
    Map<Integer, HostInfo> asked = new HashMap<>();
    for (int round = 0; round < ROUNDS; round++) {
      Map<Integer, HostInfo> known = owners.of(operation);
      Map<HostInfo, List<Integer>> byHost = new HashMap<>();
      List<Integer> here = new ArrayList<>();
      Map<Integer, A> answers = gathered.answers();
      for (int partition = 0; partition < partitions; partition++) {
        HostInfo owner = known.get(partition);
        boolean again = round > 0 && Objects.equals(owner, asked.get(partition));
        if (answers.containsKey(partition) || again) {
          continue;
        }
        asked.put(partition, owner);
        if (owner == null || owner.equals(self)) {
          here.add(partition);
        } else {
          byHost.computeIfAbsent(owner, host -> new ArrayList<>()).add(partition);
        }
      }
      if (here.isEmpty() && byHost.isEmpty()) {
        break;
      }
      ask(operation, question, byHost, here, deadline, gathered, missing);
      if (gathered.answers().size() == partitions) {
        break;
      }
    }
    Map<Integer, A> answers = gathered.answers();
    answers.keySet().forEach(missing::remove);
    return new Answers<>(answers, List.copyOf(missing.values()));
  }

  private <Q, A> void ask(
      Operation<Q, A> operation,
      Q question,
      Map<HostInfo, List<Integer>> byHost,
      List<Integer> here,
      Deadline deadline,
      Gathered<Q, A> gathered,
      Map<Integer, MissingPartition> missing) {
    Map<HostInfo, CompletableFuture<Map<Integer, String>>> running = new HashMap<>();
    Duration timeout = deadline.left().plusMillis(1); // a time-out must be positive
    byHost.forEach(
        (host, wanted) ->
            running.put(
                host,
                peers
                    .ask(host, operation, wanted, question, timeout)
                    .thenApply(
                        result -> {
                          result.answers().forEach(gathered::put);
                          return result.missing();
                        })));
    try {
      LocalPartitions.ask(operation, here, question, deadline, gathered)
          .forEach(
              (partition, reason) -> missing.put(partition, notHere(operation, partition, reason)));
      byHost.forEach(
          (host, wanted) -> {
            String address = host.host() + ":" + host.port();
            Map<Integer, String> reasons = new HashMap<>();
            String reason = collect(running.get(host), deadline, reasons);
            for (int partition : wanted) {
              missing.put(
                  partition,
                  new MissingPartition(
                      operation.store(),
                      partition,
                      address,
                      reasons.getOrDefault(partition, reason)));
            }
          });
    } finally {
      running.values().forEach(answer -> answer.cancel(true));
    }
  }

  private MissingPartition notHere(Operation<?, ?> operation, int partition, String reason) {
    String why =
        self == null
            ? reason + " (this instance has no application.server, so it asks no other)"
            : reason;
    return new MissingPartition(
        operation.store(), partition, self == null ? null : self.host() + ":" + self.port(), why);
  }

  /** Waits for one instance; the reason of what it leaves unanswered. */
  private static String collect(
      CompletableFuture<Map<Integer, String>> answer,
      Deadline deadline,
      Map<Integer, String> reasons) {
    try {
      reasons.putAll(answer.get(deadline.left().toNanos(), TimeUnit.NANOSECONDS));
      return "it did not answer for this partition";
    } catch (TimeoutException | CancellationException e) {
      return "it did not answer in time";
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return "the query was interrupted";
    } catch (ExecutionException e) {
      Throwable cause = e.getCause() instanceof CompletionException c ? c.getCause() : e.getCause();
      if (cause instanceof QueryException.Invalid invalid) {
        throw invalid;
      }
      return reason(cause);
    }
  }

  private static String reason(Throwable failure) {
    if (failure instanceof HttpTimeoutException) {
      return "it did not answer in time";
    }
    if (failure instanceof ConnectException) {
      return "it cannot be reached";
    }
    String message = failure.getMessage() == null ? failure.toString() : failure.getMessage();
    return failure instanceof IOException ? "the connection to it broke: " + message : message;
  }
}
