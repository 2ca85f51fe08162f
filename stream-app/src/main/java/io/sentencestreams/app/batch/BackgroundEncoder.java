package io.sentencestreams.app.batch;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * Encodes texts that nobody waits for, a few at a time between those of the stream, on a thread of
 * its own, and with the running model alone. It rests after each few so long that it is at work for
 * a share of the time at most.
 */
public final class BackgroundEncoder implements AutoCloseable {
  private static final int TEXTS_AT_ONCE = 32;

  /** The stream waits behind these. */
  private static final int CHARS_AT_ONCE = 8192;

  /** The time that a faulty encoder took is no work, and must not be rested for. */
  private static final long MOST_REST = TimeUnit.MINUTES.toNanos(1);

  private static final Duration PATIENCE = Duration.ofMinutes(1);

  private final MicroBatcher batcher;
  private final double share;
  private final BlockingQueue<Request> requests = new LinkedBlockingQueue<>();
  private final CountDownLatch closing = new CountDownLatch(1);
  private final Thread thread = new Thread(this::work, "sentence-streams-background");

  private record Request(String text, CompletableFuture<Outcome> outcome) {}

  /**
   * Starts the thread.
   *
   * @param batcher not closed here
   * @param share of the time, above 0 and at most 1
   */
  public BackgroundEncoder(MicroBatcher batcher, double share) {
    this.batcher = batcher;
    this.share = share;
    thread.setDaemon(true);
    thread.start();
  }

  /** Takes a text; its outcome comes at some time, or never if this is closed. */
  public CompletableFuture<Outcome> submit(String text) {
    Request request = new Request(text, new CompletableFuture<>());
    requests.add(request);
    return request.outcome();
  }

  private void work() {
    try {
      while (closing.getCount() > 0) {
        List<Request> some = new ArrayList<>(List.of(requests.take()));
        int chars = some.get(0).text().length();
        for (Request next = requests.peek();
            next != null
                && some.size() < TEXTS_AT_ONCE
                && chars + next.text().length() <= CHARS_AT_ONCE;
            next = requests.peek()) {
          chars += next.text().length();
          some.add(requests.remove()); // this thread alone takes any
        }
        some.removeIf(request -> request.outcome().isCancelled());
        long start = System.nanoTime();
        encode(some);
        long rest = Math.min((long) ((System.nanoTime() - start) * (1 - share) / share), MOST_REST);
        if (closing.await(rest, TimeUnit.NANOSECONDS)) {
          return;
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // this is closed
    }
  }

  private void encode(List<Request> some) throws InterruptedException {
    List<Ticket> tickets = new ArrayList<>();
    for (Request request : some) {
      tickets.add(batcher.submitInBackground(request.text()));
    }
    for (int i = 0; i < tickets.size(); i++) {
      Outcome outcome = null;
      while (outcome == null) { // a faulty encoder is loaded again until it works
        outcome = tickets.get(i).await(PATIENCE.toNanos());
        if (Thread.interrupted()) {
          tickets.forEach(Ticket::cancel);
          throw new InterruptedException();
        }
      }
      some.get(i).outcome().complete(outcome);
    }
  }

  @Override
  public void close() {
    closing.countDown();
    thread.interrupt();
  }
}
