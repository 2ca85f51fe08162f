package io.sentencestreams.model.checkpoint;

import io.sentencestreams.model.internal.Sha256;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.TreeSet;

/** The digest of all that a checkpoint's embeddings depend on. */
final class CheckpointDigest {
  private final MessageDigest digest = Sha256.digest();

  private CheckpointDigest() {}

  static String of(Checkpoint checkpoint) {
    CheckpointDigest result = new CheckpointDigest();
    // The transformer's weights come before the configuration, as ever; digests must not change.
    if (checkpoint.modules().get(0) instanceof SentenceModule.Weighted first) {
      result.addWeights(checkpoint, first);
    }
    if (checkpoint.hasTransformer()) {
      result.add(canonical(checkpoint.config()));
    }
    for (SentenceModule module : checkpoint.modules()) {
      result.add(canonical(module));
      if (module instanceof SentenceModule.Weighted weighted
          && !Checkpoint.isOfTransformer(module)
          && module != checkpoint.modules().get(0)) {
        result.addWeights(checkpoint, weighted);
      }
    }
    checkpoint.scoring().ifPresent(scoring -> result.add(scoring.toString()));
    EncodingDefaults defaults = checkpoint.defaults();
    if (!defaults.defaultPrompt().isEmpty()) {
      result.add("prompt " + defaults.defaultPrompt());
    }
    defaults.truncateDimension().ifPresent(dimension -> result.add("truncate " + dimension));
    result.add("tokenizer");
    for (Path file : TokenizerFiles.read(checkpoint.modules().get(0))) {
      result.addFile(file);
    }
    return Sha256.hex(result.digest);
  }

  private void addWeights(Checkpoint checkpoint, SentenceModule.Weighted module) {
    try (Weights weights = checkpoint.weights(module)) {
      for (String name : new TreeSet<>(weights.names())) {
        Tensor tensor = weights.get(name);
        add(name + " " + tensor.type());
        digest.update(tensor.data());
      }
    }
  }

  private void addFile(Path file) {
    try {
      digest.update(Files.readAllBytes(file));
    } catch (IOException e) {
      throw new CheckpointException("cannot read %s: %s".formatted(file, e), e);
    }
  }

  /** What changes the arithmetic; spelled out, so that a new field leaves old digests alone. */
  private static String canonical(TransformerConfig config) {
    String common =
        "%s heads=%d act=%s eps=%s positions=%s pad=%d"
            .formatted(
                config.modelType(),
                config.heads(),
                config.hiddenAct(),
                config.layerNormEps(),
                config.positionEmbeddingType(),
                config.padTokenId());
    return switch (config.modelType()) {
      case "bert", "roberta", "xlm-roberta", "camembert" -> common;
      default -> common + " " + config.family();
    };
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
    if (module instanceof SentenceModule.Normalize normalize) {
      return normalize.onTokens() ? "Normalize tokens" : "Normalize";
    }
    if (module instanceof SentenceModule.BagOfWords bag) {
      return "BoW %s %b".formatted(WordList.read(bag), bag.cumulative());
    }
    // A record's text has its fields and, first among those of one with weights, its folder.
    String text = module.toString();
    return module instanceof SentenceModule.Weighted weighted
        ? text.replace(weighted.directory().toString(), "")
        : text;
  }

  /** Adds a text with its length before it, so that no two lists of texts give the same bytes. */
  private void add(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).flip());
    digest.update(bytes);
  }
}
