package io.sentencestreams.trainer.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.sentencestreams.model.training.TensorScript;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** The losses' arithmetic, compiled once per process. */
final class LossScript {
  private static final class Holder {
    static final TensorScript SCRIPT = TensorScript.compile(source());
  }

  private LossScript() {}

  private static String source() {
    try (InputStream in = LossScript.class.getResourceAsStream("losses.py")) {
      if (in == null) {
        throw new IllegalStateException("the jar lacks its resource losses.py");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Computes a loss, with as many threads as this thread is set to: the backward pass, which runs
   * on it as well, keeps the encoder's.
   *
   * @param numbers the loss's own settings, as its method takes them
   */
  static NDArray compute(
      String method, List<NDArray> arrays, float[][] labels, NDManager memory, double... numbers) {
    NDArray numbersArray = memory.create(numbers.length == 0 ? new double[1] : numbers);
    return Holder.SCRIPT
        .call(
            memory,
            method,
            true,
            TensorScript.SAME_THREADS,
            arrays,
            labels(labels, memory),
            numbersArray)
        .singletonOrThrow();
  }

  /** [examples], or [examples, n] if labels are vectors. */
  private static NDArray labels(float[][] labels, NDManager memory) {
    if (labels.length == 0) {
      return memory.zeros(new Shape(1), DataType.FLOAT32);
    }
    int width = labels[0].length;
    float[] flat = new float[labels.length * width];
    for (int i = 0; i < labels.length; i++) {
      System.arraycopy(labels[i], 0, flat, i * width, width);
    }
    return memory.create(
        flat, width == 1 ? new Shape(labels.length) : new Shape(labels.length, width));
  }
}
