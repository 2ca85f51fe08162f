package io.sentencestreams.model;

import java.util.Locale;

/**
 * Type of the numbers that the layers compute with. Embeddings are always handed over as {@code
 * float}; those of two precisions differ a little, so they are different versions of a model.
 */
public enum Precision {
  /** 32-bit floating point, everywhere correct and the reference. */
  FP32,
  /** bfloat16: fast on processors with AMX or AVX512-BF16 and on GPUs. */
  BF16,
  /** Half precision: fast on GPUs. */
  FP16,
  /**
   * Linear layers in 8-bit integers, on x86 processors: the fastest there is on those that multiply
   * bytes (VNNI, AMX), and on those without bfloat16. Less exact than the others, so only used
   * where it is asked for.
   */
  INT8,
  /** The fastest of fp32, bf16 and fp16 on this device, measured once and remembered. */
  AUTO;

  /**
   * Reads a name such as {@code bf16}.
   *
   * @throws IllegalArgumentException if there is none such; the message lists those that are
   */
  public static Precision parse(String name) {
    for (Precision precision : values()) {
      if (precision.toString().equalsIgnoreCase(name)) {
        return precision;
      }
    }
    throw new IllegalArgumentException(
        "precision '%s' is not one of auto, fp32, bf16, fp16, int8".formatted(name));
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
