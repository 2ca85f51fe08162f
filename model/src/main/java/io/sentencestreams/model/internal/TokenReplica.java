package io.sentencestreams.model.internal;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import io.sentencestreams.model.TokenizedText;
import io.sentencestreams.model.checkpoint.Checkpoint;
import io.sentencestreams.model.checkpoint.SentenceModule;
import io.sentencestreams.model.training.Dropout;
import java.util.List;

/**
 * The modules of a model that give token embeddings, on one device. Owns native memory.
 * Thread-safe; {@link #close} must not run while a batch does.
 */
public final class TokenReplica implements AutoCloseable {
  private final ModulePipeline pipeline;

  /**
   * Loads the weights.
   *
   * @throws UnsupportedOperationException if the model goes from texts to sentence embeddings at
   *     once
   */
  public TokenReplica(Checkpoint checkpoint, Device device, Arithmetic arithmetic) {
    List<SentenceModule> modules = checkpoint.modules();
    int end = 0;
    while (end < modules.size() && !pools(modules.get(end))) {
      end++;
    }
    if (end == 0 || end == modules.size()) {
      throw new UnsupportedOperationException(
          "%s has no token embeddings: its modules are %s"
              .formatted(
                  checkpoint.name(), modules.stream().map(SentenceModule::typeName).toList()));
    }
    this.pipeline =
        new ModulePipeline(checkpoint, modules.subList(0, end), device, arithmetic, false);
  }

  private static boolean pools(SentenceModule module) {
    return module instanceof SentenceModule.Pooling || module instanceof SentenceModule.WkPooling;
  }

  /**
   * Encodes a batch.
   *
   * @return for each text, in the order given, a row for each of its tokens
   */
  public List<float[][]> encode(List<TokenizedText> batch, int threads) {
    try (NDManager memory = pipeline.newManager()) {
      return pipeline.tokens(memory, batch, new Pass.Mode(false, threads, Dropout.NONE));
    }
  }

  @Override
  public void close() {
    pipeline.close();
  }
}
