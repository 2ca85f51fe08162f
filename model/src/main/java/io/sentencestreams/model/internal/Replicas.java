package io.sentencestreams.model.internal;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.sentencestreams.model.Precision;
import io.sentencestreams.model.TokenizedText;
import io.sentencestreams.model.checkpoint.Checkpoint;
import io.sentencestreams.model.training.Dropout;
import java.nio.FloatBuffer;
import java.util.List;

/** Loads models for inference: by one native call where that is possible, or step by step. */
public final class Replicas {
  private Replicas() {}

  /**
   * Loads a checkpoint's weights.
   *
   * @throws io.sentencestreams.model.checkpoint.CheckpointException if the weights do not fit
   * @throws IllegalArgumentException if the device or the model cannot compute in a precision that
   *     was asked for
   */
  public static Replica open(Checkpoint checkpoint, Device device, Arithmetic arithmetic) {
    if (!FastPath.fits(checkpoint)) {
      refuseInt8(checkpoint, arithmetic);
      return new StepReplica(
          new ModulePipeline(checkpoint, checkpoint.modules(), device, arithmetic, false));
    }
    TransformerReplica fast = new TransformerReplica(checkpoint, device, arithmetic);
    if (FastPath.rest(checkpoint).isEmpty()) {
      return fast;
    }
    try {
      return new HeadedReplica(
          fast,
          new ModulePipeline(checkpoint, FastPath.rest(checkpoint), device, arithmetic, false));
    } catch (RuntimeException e) {
      fast.close();
      throw e;
    }
  }

  private static void refuseInt8(Checkpoint checkpoint, Arithmetic arithmetic) {
    if (arithmetic.precision() == Precision.INT8) {
      throw new IllegalArgumentException(
          "precision int8 is for transformers of BERT's kind with a pooling behind them, which %s is not"
              .formatted(checkpoint.name()));
    }
  }

  private static Pass.Mode mode(int threads) {
    return new Pass.Mode(false, threads, Dropout.NONE);
  }

  private static float[][] rows(NDArray embeddings) {
    Shape shape = embeddings.getShape();
    FloatBuffer floats = embeddings.toByteBuffer().asFloatBuffer();
    float[][] rows = new float[Math.toIntExact(shape.get(0))][Math.toIntExact(shape.get(1))];
    for (float[] row : rows) {
      floats.get(row);
    }
    return rows;
  }

  /** Step by step. */
  private record StepReplica(ModulePipeline pipeline) implements Replica {
    @Override
    public float[][] encode(List<TokenizedText> batch, int threads) {
      try (NDManager memory = pipeline.newManager()) {
        return rows(pipeline.forward(memory, batch, mode(threads)));
      }
    }

    @Override
    public void close() {
      pipeline.close();
    }
  }

  /** One native call, and few steps on what it gives. */
  private record HeadedReplica(TransformerReplica fast, ModulePipeline head) implements Replica {
    @Override
    public float[][] encode(List<TokenizedText> batch, int threads) {
      float[][] pooled = fast.encode(batch, threads);
      try (NDManager memory = head.newManager();
          NDArray embeddings = memory.create(pooled)) {
        return rows(head.forward(memory, embeddings, mode(threads)));
      }
    }

    @Override
    public boolean wantsLikeLengths() {
      return fast.wantsLikeLengths();
    }

    @Override
    public void close() {
      fast.close();
      head.close();
    }
  }
}
