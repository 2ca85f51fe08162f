package io.sentencestreams.model.internal;

import ai.djl.engine.EngineException;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.IValueUtils;
import io.sentencestreams.model.TokenizedText;
import io.sentencestreams.model.checkpoint.Checkpoint;
import io.sentencestreams.model.tokenization.ModelTokenizer;
import java.util.List;
import java.util.OptionalInt;

/**
 * What int8 needs beside the weights: the ranges of the activations, one for each place where they
 * become integers. They are observed once, when a model is loaded, on a sample of texts that never
 * changes, and not for each batch: then a text's vector does not depend on what it is batched with,
 * and is the same after a restart.
 */
final class Quantization {
  private static final String SAMPLE = "int8_sample.txt";

  /** Steps between the least and the greatest of the unsigned integers of 8 bits. */
  private static final int STEPS = 255;

  private Quantization() {}

  /** The sample, as the checkpoint's own tokenizer sees it. */
  static List<TokenizedText> sample(Checkpoint checkpoint) {
    int length = SequenceLength.choose(checkpoint, OptionalInt.empty());
    try (ModelTokenizer tokenizer = ModelTokenizer.open(checkpoint, length)) {
      return tokenizer.tokenize(Torch.resource(SAMPLE).lines().toList());
    }
  }

  /**
   * Converts the linear layers.
   *
   * @param plain weights in fp32, as the kernel's {@code prepare} returns them
   * @param ranges least and greatest activation of each place, as {@code observe} returns them: 0
   *     is between them
   * @return what the kernel's {@code pack} returns; the caller closes it
   * @throws IllegalArgumentException if the processor cannot compute in int8
   */
  static IValue pack(Torch.Kernel kernel, IValue plain, int layers, float[] ranges) {
    double[] scales = new double[ranges.length / 2];
    long[] zeros = new long[scales.length];
    for (int i = 0; i < scales.length; i++) {
      double least = ranges[2 * i];
      double greatest = ranges[2 * i + 1];
      scales[i] = Math.max((greatest - least) / STEPS, Float.MIN_NORMAL);
      zeros[i] = Math.round(-least / scales[i]); // so that 0 is exact
    }
    try (IValue layersValue = IValue.from(layers);
        IValue scalesValue = IValue.listFrom(scales);
        IValue zerosValue = IValue.listFrom(zeros)) {
      return IValueUtils.runMethod(
          kernel.block(), "pack", plain, layersValue, scalesValue, zerosValue);
    } catch (EngineException e) {
      if (String.valueOf(e.getMessage()).contains("Didn't find engine")) {
        throw new IllegalArgumentException(
            "precision int8 needs an x86 processor with AVX2: " + e.getMessage(), e);
      }
      throw e;
    }
  }
}
