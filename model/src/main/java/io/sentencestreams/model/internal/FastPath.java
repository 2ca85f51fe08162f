package io.sentencestreams.model.internal;

import io.sentencestreams.model.checkpoint.Checkpoint;
import io.sentencestreams.model.checkpoint.SentenceModule;
import java.util.List;

/**
 * The modules that one native call computes: a transformer of BERT's kind, a pooling, and a
 * normalization if one follows at once. Whatever comes behind works on few sentence embeddings.
 */
public final class FastPath {
  private FastPath() {}

  /** Whether a model begins with these modules. */
  public static boolean fits(Checkpoint checkpoint) {
    List<SentenceModule> modules = checkpoint.modules();
    return checkpoint.hasTransformer()
        && BertParameters.isPlain(checkpoint.config())
        && modules.size() >= 2
        && modules.get(1) instanceof SentenceModule.Pooling
        && checkpoint.poolsPrompt();
  }

  /** The modules behind those of the one call. */
  public static List<SentenceModule> rest(Checkpoint checkpoint) {
    List<SentenceModule> modules = checkpoint.modules();
    return modules.subList(normalizes(checkpoint) ? 3 : 2, modules.size());
  }

  static SentenceModule.Pooling pooling(Checkpoint checkpoint) {
    return (SentenceModule.Pooling) checkpoint.modules().get(1);
  }

  static boolean normalizes(Checkpoint checkpoint) {
    List<SentenceModule> modules = checkpoint.modules();
    return modules.size() > 2 && modules.get(2) instanceof SentenceModule.Normalize;
  }

  /** Length of the embeddings that the one call gives. */
  static int dimension(Checkpoint checkpoint) {
    SentenceModule.Pooling pooling = pooling(checkpoint);
    return pooling.dimension() * pooling.modes().size();
  }
}
