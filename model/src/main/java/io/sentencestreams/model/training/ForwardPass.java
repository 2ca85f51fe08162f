package io.sentencestreams.model.training;

import ai.djl.ndarray.NDArray;

/**
 * A batch on its way through an encoder, and the gradients back. Owns the activations; the
 * embeddings are the memory's that the pass was made with.
 */
public interface ForwardPass extends AutoCloseable {
  /** fp32, [texts, dimension], in the order of the batch; can be differentiated. */
  NDArray embeddings();

  /**
   * Adds to the gradients of the parameters, once a backward pass has come to the embeddings: after
   * {@link Gradients#backward}, and once only. Frees most of the activations.
   */
  void backward();

  @Override
  void close();
}
