package io.sentencestreams.model;

import java.util.List;
import java.util.OptionalInt;

/**
 * How a model is loaded.
 *
 * @param precision type of the arithmetic
 * @param devices {@code auto} (all GPUs, or else the CPU), {@code cpu}, or GPUs such as {@code
 *     cuda:0}; each device holds the weights once
 * @param intraOpThreads threads that one batch uses on a CPU; where empty, a batch that is alone
 *     uses all cores, and batches that run at once share them
 * @param maxSequenceLength the most tokens of a text, where it shall be less than the model's own
 */
public record EncoderOptions(
    Precision precision,
    List<String> devices,
    OptionalInt intraOpThreads,
    OptionalInt maxSequenceLength) {
  /** Automatic precision and devices, and the model's own maximum length. */
  public static final EncoderOptions DEFAULT =
      new EncoderOptions(Precision.AUTO, List.of("auto"), OptionalInt.empty(), OptionalInt.empty());

  public EncoderOptions {
    devices = List.copyOf(devices);
    if (devices.isEmpty()) {
      throw new IllegalArgumentException("devices must name at least one, such as auto");
    }
    requirePositive(intraOpThreads, "intraOpThreads");
    requirePositive(maxSequenceLength, "maxSequenceLength");
  }

  /** The same with another precision. */
  public EncoderOptions withPrecision(Precision other) {
    return new EncoderOptions(other, devices, intraOpThreads, maxSequenceLength);
  }

  /** The same with other devices: a list separated by commas, such as {@code cuda:0,cuda:1}. */
  public EncoderOptions withDevices(String list) {
    List<String> names = List.of(list.trim().split("\\s*,\\s*", -1));
    return new EncoderOptions(precision, names, intraOpThreads, maxSequenceLength);
  }

  /** The same with this number of threads for a batch. */
  public EncoderOptions withIntraOpThreads(int threads) {
    return new EncoderOptions(precision, devices, OptionalInt.of(threads), maxSequenceLength);
  }

  /** The same with this maximum length in tokens. */
  public EncoderOptions withMaxSequenceLength(int tokens) {
    return new EncoderOptions(precision, devices, intraOpThreads, OptionalInt.of(tokens));
  }

  private static void requirePositive(OptionalInt value, String name) {
    if (value.isPresent() && value.getAsInt() < 1) {
      throw new IllegalArgumentException(
          "%s must be at least 1, not %d".formatted(name, value.getAsInt()));
    }
  }
}
