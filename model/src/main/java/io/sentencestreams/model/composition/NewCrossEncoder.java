package io.sentencestreams.model.composition;

import io.sentencestreams.model.checkpoint.Checkpoint;
import io.sentencestreams.model.checkpoint.NewCheckpoint;
import io.sentencestreams.model.checkpoint.SentenceModule;
import io.sentencestreams.model.checkpoint.Tensor;
import io.sentencestreams.model.checkpoint.Weights;
import io.sentencestreams.model.internal.FreshWeights;
import io.sentencestreams.model.internal.SequenceLength;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Makes cross-encoders that have not learned anything yet, of transformers that have. */
public final class NewCrossEncoder {
  private NewCrossEncoder() {}

  /**
   * Writes a cross-encoder: a model's transformer, and behind it a head with new weights, but for
   * the pooler where the model has one. It reads as many tokens as its transformer has positions
   * for, or as its tokenizer says, whatever the base was cut at.
   *
   * @param base a model with a transformer
   * @param labels a name for each number that is to be made of a pair; one for a score
   * @param seed the same seed gives the same weights
   * @param folder need not exist; a checkpoint or an empty folder that is there is replaced
   * @throws io.sentencestreams.model.checkpoint.CheckpointException if the base's family is not
   *     supported, or it cannot be written
   */
  public static Checkpoint write(Checkpoint base, List<String> labels, long seed, Path folder) {
    if (labels.isEmpty() || labels.stream().distinct().count() < labels.size()) {
      throw new IllegalArgumentException("a cross-encoder needs labels, each once, not " + labels);
    }
    try (Weights known = base.weights()) {
      return NewCheckpoint.writeCrossEncoder(
          folder, base, labels, SequenceLength.positions(base), layer -> head(layer, known, seed));
    }
  }

  private static Map<String, Tensor> head(
      SentenceModule.HeadLayer layer, Weights known, long seed) {
    Map<String, Tensor> weights =
        new LinkedHashMap<>(FreshWeights.of(layer, seed * 1_000_003 + layer.name().hashCode()));
    if (layer.name().startsWith("pooler")) {
      weights.replaceAll((name, drawn) -> known.names().contains(name) ? known.get(name) : drawn);
    }
    return weights;
  }
}
