package io.sentencestreams.app.batch;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.sentencestreams.model.TokenizedText;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.I_Result;

/**
 * What the threads around the micro-batcher's queue may see of each other, run many millions of
 * times by jcstress. A wake-up that got lost would leave an actor waiting for ever, which jcstress
 * reports as well. {@link BatchQueueStressTest} starts it.
 */
final class BatchQueueStress {
  private static final int TOKENS = 10;

  private BatchQueueStress() {}

  /** The submitter against the tokenizer thread: nothing lost, nothing doubled, in order. */
  @JCStressTest
  @Outcome(id = "1, 2, 0", expect = ACCEPTABLE, desc = "both, in order, none left")
  @Outcome(expect = FORBIDDEN, desc = "lost, doubled or overtaken")
  @State
  public static class SubmitAndTokenize {
    private final BatchQueue queue = queue(2 * TOKENS);
    private final List<Ticket> taken = new ArrayList<>();

    @Actor
    public void submitter() {
      queue.submit(ticket(1));
      queue.submit(ticket(2));
    }

    @Actor
    public void tokenizer() {
      while (taken.size() < 2) {
        taken.addAll(tokenize(queue));
      }
    }

    @Arbiter
    public void arbiter(III_Result result) {
      result.r1 = taken.get(0).bytes();
      result.r2 = taken.get(1).bytes();
      result.r3 = queue.waiting() - 2; // both are tokenized and wait for a batch
    }
  }

  /** The tokenizer thread against an encoder thread. */
  @JCStressTest
  @Outcome(id = "1, 2, 0", expect = ACCEPTABLE, desc = "both, in order, none left")
  @Outcome(expect = FORBIDDEN, desc = "lost, doubled or overtaken")
  @State
  public static class TokenizeAndEncode {
    private final BatchQueue queue = queue(TOKENS);
    private final List<Ticket> encoded = new ArrayList<>();

    public TokenizeAndEncode() {
      queue.submit(ticket(1));
      queue.submit(ticket(2));
    }

    @Actor
    public void tokenizer() {
      int tokenized = 0;
      while (tokenized < 2) {
        tokenized += tokenize(queue).size();
      }
    }

    @Actor
    public void encoder() {
      while (encoded.size() < 2) {
        encoded.addAll(batch(queue));
      }
    }

    @Arbiter
    public void arbiter(III_Result result) {
      result.r1 = encoded.get(0).bytes();
      result.r2 = encoded.get(1).bytes();
      result.r3 = queue.waiting();
    }
  }

  /** Two encoder threads share one window of four batches. */
  @JCStressTest
  @Outcome(id = "4, 0", expect = ACCEPTABLE, desc = "each batch goes to one of them")
  @Outcome(expect = FORBIDDEN, desc = "lost or doubled")
  @State
  public static class TwoEncoders {
    private final BatchQueue queue = queue(TOKENS);
    private final List<Ticket> first = new ArrayList<>();
    private final List<Ticket> second = new ArrayList<>();

    public TwoEncoders() {
      for (int i = 1; i <= 4; i++) {
        queue.submit(ticket(i));
      }
      tokenize(queue);
    }

    @Actor
    public void encoder() {
      first.addAll(batch(queue));
      first.addAll(batch(queue));
    }

    @Actor
    public void otherEncoder() {
      second.addAll(batch(queue));
      second.addAll(batch(queue));
    }

    @Arbiter
    public void arbiter(II_Result result) {
      HashSet<Ticket> all = new HashSet<>(first);
      all.addAll(second);
      result.r1 = all.size();
      result.r2 = queue.waiting();
    }
  }

  /** An encoder thread that waits for a batch is woken when the queue is closed. */
  @JCStressTest
  @Outcome(id = "0", expect = ACCEPTABLE, desc = "woken with nothing to do")
  @Outcome(expect = FORBIDDEN, desc = "a batch out of nowhere")
  @State
  public static class EncodeAndClose {
    private final BatchQueue queue = queue(TOKENS);

    @Actor
    public void encoder(I_Result result) {
      result.r1 = batch(queue).size();
    }

    @Actor
    public void closer() {
      queue.close();
    }
  }

  /** The tokenizer thread is woken when the queue is closed, whatever is submitted by then. */
  @JCStressTest
  @Outcome(
      id = {"0, 1", "1, 0"},
      expect = ACCEPTABLE,
      desc = "left in the queue, or taken and no more in the inbox")
  @Outcome(expect = FORBIDDEN, desc = "lost or doubled")
  @State
  public static class TokenizeAndClose {
    private final BatchQueue queue = queue(TOKENS);

    @Actor
    public void tokenizer(II_Result result) {
      List<Ticket> taken = tokenize(queue);
      result.r1 = taken.size();
    }

    @Actor
    public void submitterAndCloser() {
      queue.submit(ticket(1));
      queue.close();
    }

    @Arbiter
    public void arbiter(II_Result result) {
      result.r2 = queue.waiting() - result.r1;
    }
  }

  /** Two submitters under a bound that has room for one of them. */
  @JCStressTest
  @Outcome(id = "10, 10, 0", expect = ACCEPTABLE, desc = "one after the other")
  @Outcome(expect = FORBIDDEN, desc = "both at once, or a place lost")
  @State
  public static class AdmissionOfTwo {
    private final Admission admission = new Admission(TOKENS, 1);

    @Actor
    public void submitter(III_Result result) {
      result.r1 = passThrough();
    }

    @Actor
    public void otherSubmitter(III_Result result) {
      result.r2 = passThrough();
    }

    @Arbiter
    public void arbiter(III_Result result) {
      result.r3 = (int) (admission.tokens() + admission.bytes());
    }

    private int passThrough() {
      if (!admission.acquire(TOKENS, 1, Duration.ofMinutes(1).toNanos())) {
        return -1;
      }
      int inside = (int) admission.tokens();
      admission.release(TOKENS, 1);
      return inside;
    }
  }

  /** An encoder thread completes what a stream thread polls. */
  @JCStressTest
  @Outcome(
      id = {"0, 0", "1, 7"},
      expect = ACCEPTABLE,
      desc = "no outcome yet, or all of it")
  @Outcome(expect = FORBIDDEN, desc = "an outcome that is seen in part")
  @State
  public static class CompleteAndPoll {
    private final Ticket ticket = ticket(1);

    @Actor
    public void encoder() {
      float[] vector = new float[1];
      vector[0] = 7;
      ticket.complete(new io.sentencestreams.app.batch.Outcome.Encoded(vector, "m", "1", 3, false));
    }

    @Actor
    public void streamThread(II_Result result) {
      if (ticket.outcome() instanceof io.sentencestreams.app.batch.Outcome.Encoded encoded) {
        result.r1 = 1;
        result.r2 = (int) encoded.vector()[0];
      }
    }
  }

  /** A thread that waits for an outcome is woken by it, however the two meet. */
  @JCStressTest
  @Outcome(id = "7", expect = ACCEPTABLE, desc = "all of the outcome")
  @Outcome(expect = FORBIDDEN, desc = "no outcome, or a part of it")
  @State
  public static class CompleteAndAwait {
    private final Ticket ticket = ticket(1);

    @Actor
    public void encoder() {
      float[] vector = new float[1];
      vector[0] = 7;
      ticket.complete(new io.sentencestreams.app.batch.Outcome.Encoded(vector, "m", "1", 3, false));
    }

    @Actor
    public void query(I_Result result) {
      if (ticket.await(Duration.ofDays(1).toNanos())
          instanceof io.sentencestreams.app.batch.Outcome.Encoded encoded) {
        result.r1 = (int) encoded.vector()[0];
      }
    }
  }

  /** A place is given back once, though two threads see that a text is done. */
  @JCStressTest
  @Outcome(id = "1", expect = ACCEPTABLE, desc = "given back once")
  @Outcome(expect = FORBIDDEN, desc = "never or twice")
  @State
  public static class ReleaseOnce {
    private final Ticket ticket = ticket(1);
    private int first;
    private int second;

    @Actor
    public void thread() {
      first = ticket.release() ? 1 : 0;
    }

    @Actor
    public void otherThread() {
      second = ticket.release() ? 1 : 0;
    }

    @Arbiter
    public void arbiter(I_Result result) {
      result.r1 = first + second;
    }
  }

  private static BatchQueue queue(int batchTokens) {
    return new BatchQueue(batchTokens, 0, () -> true, () -> 0);
  }

  /** A ticket that is told from others by the bytes that it says its record takes. */
  private static Ticket ticket(int number) {
    return new Ticket("text", number, TOKENS, 0);
  }

  private static List<Ticket> tokenize(BatchQueue queue) {
    try {
      List<Ticket> taken = queue.takeForTokenizing();
      taken.forEach(ticket -> ticket.tokenized(new TokenizedText(new int[TOKENS], false)));
      queue.putTokenized(taken);
      return taken;
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static List<Ticket> batch(BatchQueue queue) {
    try {
      return queue.takeBatch();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
