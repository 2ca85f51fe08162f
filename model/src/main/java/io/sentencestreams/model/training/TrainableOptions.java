package io.sentencestreams.model.training;

import java.util.OptionalInt;

/**
 * How an encoder trains.
 *
 * @param device {@code cpu}, {@code cuda:N} or, the first GPU if there is one, {@code auto}
 * @param bf16 whether the layers compute in bf16 instead of fp32; it pays where the processor has
 *     it
 * @param threads on a CPU, all of them: up to 4 lanes share them, each of which computes a part of
 *     a batch
 * @param maxSequenceLength the most tokens of a text; empty for the checkpoint's own
 */
public record TrainableOptions(
    String device, boolean bf16, int threads, OptionalInt maxSequenceLength) {
  /** fp32 on all cores. */
  public static final TrainableOptions DEFAULT =
      new TrainableOptions(
          "cpu", false, Runtime.getRuntime().availableProcessors(), OptionalInt.empty());

  /** Checks the number of threads. */
  public TrainableOptions {
    if (threads < 1) {
      throw new IllegalArgumentException("threads must be at least 1, not " + threads);
    }
  }

  /** With layers in bf16, or not. */
  public TrainableOptions withBf16(boolean value) {
    return new TrainableOptions(device, value, threads, maxSequenceLength);
  }

  /** With another device. */
  public TrainableOptions withDevice(String value) {
    return new TrainableOptions(value, bf16, threads, maxSequenceLength);
  }

  /** With a number of threads. */
  public TrainableOptions withThreads(int value) {
    return new TrainableOptions(device, bf16, value, maxSequenceLength);
  }

  /** With texts cut at a number of tokens. */
  public TrainableOptions withMaxSequenceLength(int value) {
    return new TrainableOptions(device, bf16, threads, OptionalInt.of(value));
  }
}
