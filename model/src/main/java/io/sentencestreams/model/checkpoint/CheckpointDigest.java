package io.sentencestreams.model.checkpoint;

import io.sentencestreams.model.internal.Sha256;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.security.MessageDigest;
import java.util.TreeSet;

/** The digest of all that a checkpoint's embeddings depend on. */
final class CheckpointDigest {
  private final MessageDigest digest = Sha256.digest();

  private CheckpointDigest() {}

  static String of(Checkpoint checkpoint) {
    CheckpointDigest result = new CheckpointDigest();
    try (Weights weights = checkpoint.weights()) {
      for (String name : new TreeSet<>(weights.names())) {
        Tensor tensor = weights.get(name);
        result.add(name + " " + tensor.type());
        result.digest.update(tensor.data());
      }
    }
    result.add(canonical(checkpoint.config()));
    for (SentenceModule module : checkpoint.modules()) {
      result.add(canonical(module));
    }
    result.add("tokenizer");
    try {
      result.digest.update(Files.readAllBytes(checkpoint.tokenizerFile()));
    } catch (IOException e) {
      throw new CheckpointException(
          "cannot read %s: %s".formatted(checkpoint.tokenizerFile(), e), e);
    }
    return Sha256.hex(result.digest);
  }

  /** What changes the arithmetic; spelled out, so that a new field leaves old digests alone. */
  private static String canonical(TransformerConfig config) {
    return "%s heads=%d act=%s eps=%s positions=%s pad=%d"
        .formatted(
            config.modelType(),
            config.heads(),
            config.hiddenAct(),
            config.layerNormEps(),
            config.positionEmbeddingType(),
            config.padTokenId());
  }

  private static String canonical(SentenceModule module) {
    if (module instanceof SentenceModule.Transformer transformer) {
      return "Transformer length=%d lower=%b"
          .formatted(transformer.maxSequenceLength(), transformer.lowerCase());
    }
    if (module instanceof SentenceModule.Pooling pooling) {
      return "Pooling %s prompt=%b"
          .formatted(
              pooling.modes().stream().map(PoolingMode::key).toList(), pooling.includePrompt());
    }
    return "Normalize";
  }

  /** Adds a text with its length before it, so that no two lists of texts give the same bytes. */
  private void add(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).flip());
    digest.update(bytes);
  }
}
