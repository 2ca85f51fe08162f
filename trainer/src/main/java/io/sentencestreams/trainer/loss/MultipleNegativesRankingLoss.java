package io.sentencestreams.trainer.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.List;

/**
 * The cross-entropy of finding an anchor's positive among all positives and hard negatives of the
 * batch (Henderson et al. 2017). Columns: anchor, positive, and any number of hard negatives; no
 * labels.
 *
 * @param similarity by which candidates are ranked
 * @param scale of the similarities: 20 for cosines in the reference, 1 for dot products
 * @param miniBatch texts whose activations are in memory at once, by caching gradients, so that a
 *     batch of thousands fits; 0 for all of the batch
 */
public record MultipleNegativesRankingLoss(Similarity similarity, double scale, int miniBatch)
    implements Loss {
  /** How alike two embeddings are. */
  public enum Similarity {
    COSINE,
    DOT
  }

  /** Checks the settings. */
  public MultipleNegativesRankingLoss {
    if (!(scale > 0) || miniBatch < 0) {
      throw new IllegalArgumentException(
          "scale must be positive and miniBatch not negative: %s, %d".formatted(scale, miniBatch));
    }
  }

  /** By cosine, with the reference's scale. */
  public MultipleNegativesRankingLoss() {
    this(Similarity.COSINE, 20, 0);
  }

  /** The same loss with cached gradients. */
  public static MultipleNegativesRankingLoss cached(int miniBatch) {
    return new MultipleNegativesRankingLoss(Similarity.COSINE, 20, miniBatch);
  }

  @Override
  public String name() {
    return "%sMultipleNegativesRankingLoss(similarity=%s, scale=%s)"
        .formatted(miniBatch > 0 ? "Cached" : "", similarity, scale);
  }

  @Override
  public void checkColumns(int columns) {
    LossChecks.columns(name(), columns, 2, Integer.MAX_VALUE);
  }

  @Override
  public NDArray compute(List<NDArray> columns, float[][] labels, NDManager memory) {
    double cosine = similarity == Similarity.COSINE ? 1 : 0;
    return LossScript.compute(
        "multiple_negatives_ranking", columns, new float[0][], memory, scale, cosine);
  }
}
