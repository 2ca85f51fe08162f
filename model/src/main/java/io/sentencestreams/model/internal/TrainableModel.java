package io.sentencestreams.model.internal;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.sentencestreams.model.Precision;
import io.sentencestreams.model.TokenizedText;
import io.sentencestreams.model.checkpoint.Checkpoint;
import io.sentencestreams.model.training.Dropout;
import io.sentencestreams.model.training.ForwardPass;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A model whose weights can be trained, on one device: one native call and steps on what it gives,
 * where that is possible, or steps only. Owns native memory. For one thread at a time.
 */
public final class TrainableModel implements AutoCloseable {
  private final TrainableTransformer fast; // null where all are steps
  private final ModulePipeline steps; // null where there are none
  private final Map<String, NDArray> parameters = new LinkedHashMap<>();

  /**
   * Reads a checkpoint's weights, as fp32.
   *
   * @param precision what a transformer's layers compute in: fp32 or bf16
   * @param threads threads to compute with, on a CPU
   * @throws io.sentencestreams.model.checkpoint.CheckpointException if the weights do not fit
   */
  public TrainableModel(Checkpoint checkpoint, Device device, Precision precision, int threads) {
    Arithmetic arithmetic = new Arithmetic(precision, false);
    // The call that trains knows one type of tokens.
    if (!FastPath.fits(checkpoint) || checkpoint.scoring().isPresent()) {
      this.fast = null;
      this.steps = new ModulePipeline(checkpoint, checkpoint.modules(), device, arithmetic, true);
    } else {
      this.fast = new TrainableTransformer(checkpoint, device, precision, threads);
      try {
        this.steps =
            FastPath.rest(checkpoint).isEmpty()
                ? null
                : new ModulePipeline(
                    checkpoint, FastPath.rest(checkpoint), device, arithmetic, true);
      } catch (RuntimeException e) {
        fast.close();
        throw e;
      }
      parameters.putAll(fast.parameters());
    }
    if (steps != null) {
      parameters.putAll(steps.parameters());
    }
  }

  /**
   * The parameters that are trained: a transformer's by their Hugging Face names, those of other
   * modules behind their place in the model and a dot; fp32.
   */
  public Map<String, NDArray> parameters() {
    return Collections.unmodifiableMap(parameters);
  }

  /** A new child of the memory on this device; the caller closes it. */
  public NDManager newManager() {
    return fast != null ? fast.newManager() : steps.newManager();
  }

  /**
   * Computes embeddings.
   *
   * @param target takes the embeddings and what is made on the way to them, but for the states of a
   *     transformer's layers
   * @param gradients whether the embeddings can be differentiated
   * @param threads threads that an operator may use, on a CPU
   * @return the caller closes it
   * @throws IllegalArgumentException if the batch is empty, or holds what the model cannot read
   */
  public ForwardPass forward(
      NDManager target,
      List<TokenizedText> batch,
      Dropout dropout,
      boolean gradients,
      int threads) {
    if (batch.isEmpty()) {
      throw new IllegalArgumentException("the batch is empty");
    }
    Pass.Mode mode = new Pass.Mode(gradients, threads, dropout);
    if (fast == null) {
      return new Rest(steps.forward(target, batch, mode), null);
    }
    ForwardPass layers = fast.forward(target, batch, dropout, gradients, threads);
    if (steps == null) {
      return layers;
    }
    try {
      return new Rest(steps.forward(target, layers.embeddings(), mode), layers);
    } catch (RuntimeException | OutOfMemoryError e) {
      layers.close();
      throw e;
    }
  }

  /** Steps, which autograd differentiates, and the layers before them, or null. */
  private record Rest(NDArray embeddings, ForwardPass layers) implements ForwardPass {
    @Override
    public void backward() {
      if (layers != null) {
        layers.backward();
      }
    }

    @Override
    public void close() {
      if (layers != null) {
        layers.close();
      }
    }
  }

  @Override
  public void close() {
    if (fast != null) {
      fast.close();
    }
    if (steps != null) {
      steps.close();
    }
  }
}
