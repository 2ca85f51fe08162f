package io.sentencestreams.app.batch;

import java.time.Duration;

/**
 * How a {@link MicroBatcher} forms batches and how much it lets in.
 *
 * @param batchTokens the most tokens in a batch; a single text may exceed it
 * @param linger how long the oldest text waits for company while the encoder is idle; zero: not at
 *     all
 * @param maxInFlightTokens bound on the tokens in flight; zero: {@code inFlightTarget} of the
 *     measured rate
 * @param maxInFlightBytes bound on the bytes of the records in flight
 * @param inFlightTarget how much work may be in flight, as time of the encoder
 * @param cacheBytes memory for embeddings of texts that may come again; zero: none
 * @param reloadBackoff pause between two attempts to get a failed encoder to work again
 */
public record MicroBatcherOptions(
    int batchTokens,
    Duration linger,
    long maxInFlightTokens,
    long maxInFlightBytes,
    Duration inFlightTarget,
    long cacheBytes,
    Duration reloadBackoff) {
  /** Checks the bounds. */
  public MicroBatcherOptions {
    if (batchTokens <= 0 || maxInFlightTokens < 0 || maxInFlightBytes <= 0 || cacheBytes < 0) {
      throw new IllegalArgumentException("a bound on tokens or bytes is out of range");
    }
    if (linger.isNegative() || inFlightTarget.isNegative() || reloadBackoff.isNegative()) {
      throw new IllegalArgumentException("durations must not be negative");
    }
  }

  /** Batches of 2,048 tokens, no linger, two seconds and 64 MiB in flight, no cache. */
  public static MicroBatcherOptions defaults() {
    return new MicroBatcherOptions(
        2048, Duration.ZERO, 0, 64L << 20, Duration.ofSeconds(2), 0, Duration.ofSeconds(1));
  }
}
