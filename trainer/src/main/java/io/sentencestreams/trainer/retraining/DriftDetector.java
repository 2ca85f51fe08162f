package io.sentencestreams.trainer.retraining;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Compares what texts say now with what they said: the first embeddings of a number, the reference,
 * with each further ones of that number, by {@link MmdTest}. A drift is what comes out with a
 * p-value up to a bound, so that a stream that does not change is taken for one that does in that
 * share of the comparisons, if its texts do not depend on each other. For one thread.
 *
 * <p>Embeddings of two versions of a model are not comparable: with another version it begins anew.
 */
public final class DriftDetector {
  /** The least p-value that there is must be well below the bound. */
  private static final int PERMUTATIONS_PER_BOUND = 2;

  private final int size;
  private final double bound;
  private final List<float[]> reference = new ArrayList<>();
  private final List<float[]> latest = new ArrayList<>();
  private String modelVersion = "";
  private long comparisons;

  /**
   * A detector without a reference.
   *
   * @param size embeddings that are compared with as many, at least 2
   * @param bound the greatest p-value of a drift, above 0 and below 1
   */
  public DriftDetector(int size, double bound) {
    this.size = size;
    this.bound = bound;
  }

  /**
   * A comparison.
   *
   * @param statistic squared maximum mean discrepancy
   * @param pValue how probable so much is without a drift
   * @param drift whether it is one
   */
  public record Comparison(double statistic, double pValue, boolean drift) {}

  /**
   * Takes the next embedding.
   *
   * @return the comparison that it completes
   */
  public Optional<Comparison> add(String version, float[] vector) {
    if (!version.equals(modelVersion)) {
      restart();
      modelVersion = version;
    }
    if (reference.size() < size) {
      reference.add(vector.clone());
      return Optional.empty();
    }
    latest.add(vector.clone());
    if (latest.size() < size) {
      return Optional.empty();
    }
    int permutations = (int) Math.ceil(PERMUTATIONS_PER_BOUND / bound);
    MmdTest.Result result =
        MmdTest.compare(
            reference.toArray(float[][]::new),
            latest.toArray(float[][]::new),
            permutations,
            comparisons++);
    latest.clear();
    return Optional.of(
        new Comparison(result.statistic(), result.pValue(), result.pValue() <= bound));
  }

  /** What comes next is the reference. */
  public void restart() {
    reference.clear();
    latest.clear();
  }
}
