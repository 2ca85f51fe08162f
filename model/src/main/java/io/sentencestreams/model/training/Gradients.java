package io.sentencestreams.model.training;

import ai.djl.ndarray.NDArray;
import ai.djl.training.GradientCollector;
import io.sentencestreams.model.EncoderClosedException;
import io.sentencestreams.model.internal.Torch;

/** The backward pass. */
public final class Gradients {
  private Gradients() {}

  /**
   * Adds the gradients of a scalar to those that the parameters have. An exit of the process waits
   * for it, as for a forward pass: the engine's end under a running pass is a crash.
   *
   * @param collector that was open when the scalar was computed
   * @throws EncoderClosedException if the process is exiting
   */
  public static void backward(GradientCollector collector, NDArray scalar) {
    Torch.call(
        () -> {
          collector.backward(scalar);
          return null;
        });
  }
}
