package io.sentencestreams.model.internal;

import io.sentencestreams.model.checkpoint.SentenceModule;
import io.sentencestreams.model.checkpoint.Tensor;
import io.sentencestreams.model.internal.BertParameters.Parameter;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.DoubleSupplier;

/**
 * Weights of a module that has not learned anything, drawn as PyTorch does for the reference's
 * modules.
 */
public final class FreshWeights {
  /** The default of {@code initializer_range}. */
  private static final double HEAD_DEVIATION = 0.02;

  private FreshWeights() {}

  /** Whether a module has weights to begin with that do not come from outside. */
  public static boolean has(SentenceModule module) {
    return !StepParameters.of(module).isEmpty()
        && !(module instanceof SentenceModule.WordEmbeddings)
        && !(module instanceof SentenceModule.WordWeights);
  }

  /**
   * Weights for a module.
   *
   * @param seed the same seed gives the same weights
   * @return fp32, by their names in the module
   * @throws IllegalArgumentException if its weights can only come from outside
   */
  public static Map<String, Tensor> of(SentenceModule module, long seed) {
    if (!has(module)) {
      throw new IllegalArgumentException(module.typeName() + " has no weights to draw");
    }
    SplittableRandom random = new SplittableRandom(seed);
    Map<String, Tensor> weights = new LinkedHashMap<>();
    for (Parameter parameter : StepParameters.of(module)) {
      DoubleSupplier values = values(module, parameter, random.split());
      long[] shape = parameter.shape().stream().mapToLong(Long::longValue).toArray();
      long size = Arrays.stream(shape).reduce(1, Math::multiplyExact);
      float[] floats = new float[Math.toIntExact(size)];
      for (int i = 0; i < floats.length; i++) {
        floats[i] = (float) values.getAsDouble();
      }
      weights.put(parameter.name(), Tensor.of(floats, shape));
    }
    return weights;
  }

  private static DoubleSupplier values(
      SentenceModule module, Parameter parameter, SplittableRandom random) {
    if (module instanceof SentenceModule.HeadLayer) { // as Hugging Face's transformers draw them
      return () -> parameter.name().endsWith("bias") ? 0 : HEAD_DEVIATION * random.nextGaussian();
    }
    if (module instanceof SentenceModule.StaticEmbedding) {
      return random::nextGaussian;
    }
    if (module instanceof SentenceModule.LayerNorm) {
      return () -> parameter.name().endsWith("bias") ? 0 : 1;
    }
    if (module instanceof SentenceModule.WeightedLayerPooling) {
      return () -> 1;
    }
    double bound = 1 / Math.sqrt((double) inputs(module, parameter));
    return () -> random.nextDouble(-bound, bound);
  }

  /** What an output of the layer depends on; for an LSTM, the length of its state. */
  private static long inputs(SentenceModule module, Parameter parameter) {
    if (module instanceof SentenceModule.Dense dense) {
      return dense.inputDimension();
    }
    if (module instanceof SentenceModule.Lstm lstm) {
      return lstm.hiddenDimension();
    }
    SentenceModule.Cnn cnn = (SentenceModule.Cnn) module;
    for (int i = 0; i < cnn.kernelSizes().size(); i++) {
      if (parameter.name().startsWith("convs.%d.".formatted(i))) {
        return (long) cnn.inputDimension() * cnn.kernelSizes().get(i);
      }
    }
    throw new IllegalArgumentException("a CNN has no " + parameter.name());
  }
}
