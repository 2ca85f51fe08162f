package io.sentencestreams.model.internal;

import io.sentencestreams.model.checkpoint.DType;
import io.sentencestreams.model.checkpoint.Safetensors;
import io.sentencestreams.model.checkpoint.Tensor;
import io.sentencestreams.model.checkpoint.TensorType;
import io.sentencestreams.model.checkpoint.TransformerConfig;
import io.sentencestreams.model.internal.BertParameters.Parameter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/** Weights of transformers that have not learned anything, to measure their arithmetic by. */
public final class UntrainedWeights {
  /** As the reference draws a transformer's. */
  private static final double DEVIATION = 0.02;

  private UntrainedWeights() {}

  /**
   * Writes a transformer's weights: normally distributed ones, biases of 0 and LayerNorms that only
   * normalize.
   *
   * @param seed the same seed gives the same weights
   */
  public static void write(Path file, TransformerConfig config, long seed) {
    List<Parameter> parameters =
        config.modelType().equals("xlnet")
            ? XlnetParameters.of(config)
            : BertParameters.ofVariant(config);
    write(file, parameters, seed);
  }

  private static void write(Path file, List<Parameter> parameters, long seed) {
    Map<String, TensorType> types = new LinkedHashMap<>();
    for (Parameter parameter : parameters) {
      if (!parameter.isAbsent()) {
        types.put(parameter.name(), new TensorType(DType.F32, parameter.shape()));
      }
    }
    SplittableRandom random = new SplittableRandom(seed);
    Safetensors.write(
        file, types, name -> tensor(name, types.get(name), random), Map.of("format", "pt"));
  }

  private static Tensor tensor(String name, TensorType type, SplittableRandom random) {
    long[] shape = type.shape().stream().mapToLong(Long::longValue).toArray();
    float[] values = new float[Math.toIntExact(type.byteSize() / Float.BYTES)];
    boolean vector = shape.length == 1;
    for (int i = 0; i < values.length; i++) {
      if (!vector) {
        values[i] = (float) (random.nextGaussian() * DEVIATION);
      } else {
        values[i] = name.endsWith("weight") ? 1 : 0;
      }
    }
    return Tensor.of(values, shape);
  }
}
