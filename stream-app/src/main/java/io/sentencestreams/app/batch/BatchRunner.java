package io.sentencestreams.app.batch;

import io.sentencestreams.model.EncoderClosedException;
import io.sentencestreams.model.EncoderException;
import io.sentencestreams.model.TokenizedText;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes the texts of a batch to their tokens and to their outcomes. A batch that fails is bisected
 * until the text that breaks it stands alone, and {@link Recovery} judges that. Thread-safe.
 */
final class BatchRunner {
  private static final Logger LOG = LoggerFactory.getLogger(BatchRunner.class);

  private static final double RATE_SMOOTHING = 0.2;

  private final EncoderHost host;
  private final MicroBatcherOptions options;
  private final Admission admission;
  private final BatcherMetrics metrics;
  private final RepeatCache cache;
  private final CallTimes callTimes;
  private final Recovery recovery;
  private final BooleanSupplier isClosing;
  private final LongSupplier nanoClock;
  private double tokensPerSecond;

  /**
   * Owns nothing of what it is given.
   *
   * @param isClosing whether the process is going down: texts are left then
   */
  BatchRunner(
      EncoderHost host,
      MicroBatcherOptions options,
      Admission admission,
      BatcherMetrics metrics,
      RepeatCache cache,
      CallTimes callTimes,
      Recovery recovery,
      BooleanSupplier isClosing,
      LongSupplier nanoClock) {
    this.host = host;
    this.options = options;
    this.admission = admission;
    this.metrics = metrics;
    this.cache = cache;
    this.callTimes = callTimes;
    this.recovery = recovery;
    this.isClosing = isClosing;
    this.nanoClock = nanoClock;
  }

  /** What is known of a text already, by both models if that is wanted, or null. */
  Outcome known(String text, boolean wantsOlder) {
    String current = host.modelVersion();
    Outcome known = cache.get(text, Outcome.Encoded.versions(current, host.olderVersion()));
    if (known == null && !wantsOlder) {
      known = cache.get(text, current);
    }
    if (known != null) {
      metrics.repeat();
    }
    return known;
  }

  /**
   * Gives texts their tokens, but those that are rejected, and all that are left if the process is
   * going down.
   *
   * @param done takes those that have tokens
   */
  void tokenize(List<Ticket> tickets, List<Ticket> done) {
    if (tickets.isEmpty() || isClosing.getAsBoolean()) {
      return;
    }
    try {
      List<TokenizedText> tokenized = host.tokenize(tickets.stream().map(Ticket::text).toList());
      for (int i = 0; i < tickets.size(); i++) {
        Ticket ticket = tickets.get(i);
        int estimate = ticket.admittedTokens();
        ticket.tokenized(tokenized.get(i));
        admission.correct(estimate, ticket.admittedTokens());
      }
      done.addAll(tickets);
    } catch (EncoderClosedException e) {
      leave(tickets, e);
    } catch (RuntimeException | OutOfMemoryError e) {
      metrics.failedCall();
      if (tickets.size() > 1) {
        int middle = tickets.size() / 2;
        tokenize(tickets.subList(0, middle), done);
        tokenize(tickets.subList(middle, tickets.size()), done);
      } else if (decide(tickets.get(0), e, 0, tokenizerThread())) {
        tokenize(tickets, done);
      }
    }
  }

  /** Gives those texts of a batch their outcomes that have none; repeats among them at once. */
  void encode(List<Ticket> batch, int replica) {
    List<Ticket> left = new ArrayList<>(batch);
    left.removeIf(ticket -> ticket.outcome() != null || completeKnown(ticket));
    if (cache.isOn()) {
      encodeOrBisect(withoutRepeats(left), replica);
      // Repeats are left; their first one may have had to make room at once.
      left.removeIf(ticket -> ticket.outcome() != null || completeKnown(ticket));
    }
    encodeOrBisect(left, replica);
  }

  private static List<Ticket> withoutRepeats(List<Ticket> tickets) {
    Set<String> texts = new HashSet<>();
    return new ArrayList<>(tickets.stream().filter(ticket -> texts.add(ticket.text())).toList());
  }

  /** Completes a text that was encoded since it was submitted; whether it was. */
  private boolean completeKnown(Ticket ticket) {
    Outcome known = known(ticket.text(), ticket.wantsOlder());
    if (known == null) {
      return false;
    }
    ticket.complete(known);
    release(ticket);
    return true;
  }

  private void encodeOrBisect(List<Ticket> batch, int replica) {
    if (batch.isEmpty() || isClosing.getAsBoolean()) {
      return;
    }
    List<Ticket> suspects = new ArrayList<>();
    Throwable cause;
    try {
      EncoderHost.Encoded encoded = encodeTimed(batch, replica);
      for (int i = 0; i < batch.size(); i++) {
        if (EncoderHost.isFinite(encoded.vectors()[i])) {
          complete(batch.get(i), encoded, i);
        } else {
          suspects.add(batch.get(i));
        }
      }
      cause = new EncoderException("the embedding has values that are not finite", null);
    } catch (EncoderClosedException e) {
      leave(batch, e);
      return;
    } catch (RuntimeException | OutOfMemoryError e) {
      suspects.clear();
      batch.stream().filter(ticket -> ticket.outcome() == null).forEach(suspects::add);
      cause = e;
    }
    if (suspects.isEmpty()) {
      return;
    }
    metrics.failedCall();
    if (batch.size() == 1) {
      if (decide(batch.get(0), cause, replica, replica)) {
        encodeOrBisect(batch, replica);
      }
    } else if (suspects.size() == 1) {
      encodeOrBisect(suspects, replica);
    } else {
      int middle = suspects.size() / 2;
      encodeOrBisect(suspects.subList(0, middle), replica);
      encodeOrBisect(suspects.subList(middle, suspects.size()), replica);
    }
  }

  /** The process is going down: these texts have no outcome here and are done again elsewhere. */
  private static void leave(List<Ticket> tickets, EncoderClosedException reason) {
    LOG.debug("{} texts are left: {}", tickets.size(), reason.getMessage());
  }

  /**
   * Whether a text that failed alone is to be tried again; it is rejected here if it is at fault.
   */
  private boolean decide(Ticket ticket, Throwable cause, int replica, int thread) {
    return switch (recovery.judge(ticket, cause, replica, thread)) {
      case TRY_AGAIN -> true;
      case LEAVE -> false;
      case REJECT -> {
        reject(ticket, cause);
        yield false;
      }
    };
  }

  private int tokenizerThread() {
    return host.replicas();
  }

  private EncoderHost.Encoded encodeTimed(List<Ticket> batch, int replica) {
    long start = nanoClock.getAsLong();
    callTimes.begin(replica, start);
    try {
      EncoderHost.Encoded encoded =
          host.encode(
              batch.stream().map(Ticket::tokenized).toList(),
              row -> batch.get(row).wantsOlder(),
              replica);
      long nanos = nanoClock.getAsLong() - start;
      int tokens = batch.stream().mapToInt(ticket -> ticket.tokenized().length()).sum();
      metrics.encoded(batch.size(), tokens, nanos);
      followRate(tokens, nanos);
      return encoded;
    } finally {
      callTimes.end(replica);
    }
  }

  /** Small batches say little of the rate that full ones reach, so only the latter count. */
  private synchronized void followRate(int tokens, long nanos) {
    if (options.maxInFlightTokens() > 0 || nanos <= 0 || tokens < options.batchTokens() / 2) {
      return;
    }
    double rate = tokens * 1e9 / nanos * host.replicas();
    tokensPerSecond =
        tokensPerSecond == 0 ? rate : tokensPerSecond + RATE_SMOOTHING * (rate - tokensPerSecond);
    long target = (long) (tokensPerSecond * options.inFlightTarget().toNanos() / 1e9);
    admission.setMaxTokens(Math.max(target, (long) options.batchTokens() * host.replicas()));
  }

  /** Whether nobody waits for a text any more; its place is given back then. */
  boolean dropIfCancelled(Ticket ticket) {
    if (ticket.isCancelled()) {
      release(ticket);
      return true;
    }
    return false;
  }

  /** Gives the place under the bound back. */
  void release(Ticket ticket) {
    if (ticket.release()) {
      admission.release(ticket.admittedTokens(), ticket.bytes());
    }
  }

  private void complete(Ticket ticket, EncoderHost.Encoded encoded, int row) {
    TokenizedText tokenized = ticket.tokenized();
    Outcome.Encoded outcome =
        new Outcome.Encoded(
            encoded.vectors()[row],
            encoded.model(),
            encoded.modelVersion(),
            tokenized.length(),
            tokenized.truncated(),
            older(encoded.older(), row));
    cache.put(ticket.text(), outcome);
    ticket.complete(outcome);
    release(ticket);
  }

  private static Outcome.Older older(EncoderHost.OlderBatch batch, int row) {
    float[] vector = batch == null ? null : batch.vectors()[row];
    return vector == null || !EncoderHost.isFinite(vector)
        ? null
        : new Outcome.Older(vector, batch.modelVersion());
  }

  private void reject(Ticket ticket, Throwable cause) {
    metrics.rejected();
    RuntimeException reason =
        cause instanceof RuntimeException failure
            ? failure
            : new EncoderException("out of memory on this text", cause);
    ticket.complete(new Outcome.Rejected(reason));
    release(ticket);
  }
}
