package io.sentencestreams.model.clustering;

import io.sentencestreams.model.internal.UnitVectors;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;

/**
 * Finds groups of embeddings around a common centre, without a number of groups: each row with all
 * that are similar enough to it is a community, the largest come first, and of those that overlap
 * the later ones lose what they share. Most rows of real data are in none. It is the reference's
 * fast clustering.
 *
 * @param threshold the least cosine similarity to the centre
 * @param minSize the fewest rows of a community, its centre included
 */
public record CommunityDetection(float threshold, int minSize) {
  /** Checks the settings. */
  public CommunityDetection {
    if (!(threshold >= -1 && threshold <= 1) || minSize < 1) {
      throw new IllegalArgumentException(
          "threshold must be a cosine similarity from -1 to 1, minSize at least 1: %s, %d"
              .formatted(threshold, minSize));
    }
  }

  /** A row with those that are near it, the nearest first. */
  private record Candidate(int centre, int[] members) {}

  private record Near(int row, float score) {}

  /**
   * Finds communities, on all processors. Needs memory for all similar pairs.
   *
   * @param embeddings one per row; they need not have length one
   * @return rows of each community, its centre first and then the nearest to that; the largest
   *     first
   * @throws IllegalArgumentException if the rows differ in length or hold a non-finite value
   */
  public List<int[]> find(float[][] embeddings) {
    UnitVectors vectors = new UnitVectors(embeddings);
    List<Candidate> candidates =
        IntStream.range(0, vectors.size())
            .parallel()
            .mapToObj(row -> around(vectors, row))
            .filter(Objects::nonNull)
            .sorted(
                Comparator.comparingInt((Candidate candidate) -> -candidate.members().length)
                    .thenComparingInt(Candidate::centre))
            .toList();
    boolean[] used = new boolean[vectors.size()];
    List<int[]> communities = new ArrayList<>();
    for (Candidate candidate : candidates) {
      if (used[candidate.centre()]) {
        continue;
      }
      int[] free =
          IntStream.concat(
                  IntStream.of(candidate.centre()),
                  IntStream.of(candidate.members())
                      .filter(row -> !used[row] && row != candidate.centre()))
              .toArray();
      if (free.length >= minSize) {
        communities.add(free);
        IntStream.of(free).forEach(row -> used[row] = true);
      }
    }
    communities.sort(Comparator.comparingInt((int[] rows) -> -rows.length));
    return communities;
  }

  /** What is near a row; null if that is too little. */
  private Candidate around(UnitVectors vectors, int row) {
    float[] vector = new float[vectors.dimension()];
    vectors.get(row, vector);
    float[] dots = new float[UnitVectors.WIDTH];
    List<Near> near = new ArrayList<>();
    for (int block = 0; block < vectors.blocks(); block++) {
      vectors.dots(vector, block, dots);
      int first = block * UnitVectors.WIDTH;
      for (int i = first; i < Math.min(first + UnitVectors.WIDTH, vectors.size()); i++) {
        if (dots[i - first] >= threshold) {
          near.add(new Near(i, dots[i - first]));
        }
      }
    }
    if (near.size() < minSize) {
      return null;
    }
    near.sort(Comparator.comparingDouble((Near other) -> -other.score()).thenComparing(Near::row));
    return new Candidate(row, near.stream().mapToInt(Near::row).toArray());
  }
}
