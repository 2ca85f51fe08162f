package io.sentencestreams.model.internal;

import io.sentencestreams.model.Precision;

/**
 * How a kernel computes.
 *
 * @param precision type of the layers' weights and activations, not {@code AUTO}
 * @param fused whether linear layers go through oneDNN's fused operators on packed weights; in int8
 *     they go through FBGEMM otherwise
 */
public record Arithmetic(Precision precision, boolean fused) {
  /** ATen's code of the type. */
  int typeCode() {
    return switch (precision) {
      case FP16 -> 5;
      case FP32, INT8 -> 6; // int8 is within linear layers only
      case BF16 -> 15;
      case AUTO -> throw new IllegalStateException("a precision must be chosen first");
    };
  }

  /**
   * What tells vectors of this arithmetic from those of another. Fused or not they are the same to
   * a few units in the last place, but in int8 the two quantize differently.
   */
  public String version() {
    return precision == Precision.INT8 && fused ? "int8-onednn" : precision.toString();
  }

  @Override
  public String toString() {
    return precision + (fused ? " (fused)" : "");
  }
}
