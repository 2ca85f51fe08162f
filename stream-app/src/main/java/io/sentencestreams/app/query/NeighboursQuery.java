package io.sentencestreams.app.query;

/**
 * Asks for the texts of the window that are nearest to a text or to a vector.
 *
 * @param text that the encoder of this process encodes; null where there is a vector
 * @param vector an embedding, of any length but zero; null where there is a text
 * @param modelVersion version of the model that made the vector, or is to encode the text, of which
 *     there are two while one takes over; only texts that it embedded are compared. Null: the one
 *     that runs, and for a text the one before too while that encodes
 * @param k how many at most, from 1 to {@value #MAX_K}
 * @param minSimilarity least cosine
 * @param allowPartial whether an answer without some partitions is wanted rather than none
 */
public record NeighboursQuery(
    String text,
    float[] vector,
    String modelVersion,
    int k,
    float minSimilarity,
    boolean allowPartial) {
  /** {@value}: the most that can be asked for. */
  public static final int MAX_K = 1000;

  /** {@value}: where nothing else is said. */
  public static final int DEFAULT_K = 10;

  /** The nearest to a text. */
  public static NeighboursQuery ofText(String text) {
    return new NeighboursQuery(text, null, null, DEFAULT_K, -1, false);
  }

  /** The nearest to an embedding of the model that runs. */
  public static NeighboursQuery ofVector(float[] vector) {
    return new NeighboursQuery(null, vector, null, DEFAULT_K, -1, false);
  }

  /** With another number. */
  public NeighboursQuery withK(int newK) {
    return new NeighboursQuery(text, vector, modelVersion, newK, minSimilarity, allowPartial);
  }

  /** Among the texts that this version embedded. */
  public NeighboursQuery withModelVersion(String version) {
    return new NeighboursQuery(text, vector, version, k, minSimilarity, allowPartial);
  }

  /** With at least this cosine. */
  public NeighboursQuery withMinSimilarity(float least) {
    return new NeighboursQuery(text, vector, modelVersion, k, least, allowPartial);
  }

  /** From the partitions that answer, if some do not. */
  public NeighboursQuery partial() {
    return new NeighboursQuery(text, vector, modelVersion, k, minSimilarity, true);
  }
}
