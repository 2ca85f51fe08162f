package io.sentencestreams.model.search;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalDouble;

/**
 * Finds hard negatives: texts that are similar to a query and do not belong to it, by cosine
 * similarity. A model learns more from them than from random ones (Xiong et al. 2021).
 *
 * @param negatives the most for a query
 * @param rangeMin how many of the nearest candidates are left out: among them are positives that
 *     nobody has marked
 * @param rangeMax the rank, from 1, up to which candidates are looked at; 0 for as many as the
 *     reference looks at
 * @param minScore the least similarity of a negative to its query
 * @param maxScore the greatest
 * @param absoluteMargin by how much a negative must be less similar than the query's least similar
 *     positive
 * @param relativeMargin the same as a share of that positive's similarity
 */
public record HardNegatives(
    int negatives,
    int rangeMin,
    int rangeMax,
    OptionalDouble minScore,
    OptionalDouble maxScore,
    OptionalDouble absoluteMargin,
    OptionalDouble relativeMargin) {
  /** Candidates for each negative that is wanted, where some may be ruled out. */
  private static final int SPARE = 10;

  private static final int CHUNK = 2048;

  /** Checks the ranks. */
  public HardNegatives {
    if (negatives < 1 || rangeMin < 0 || rangeMax < 0) {
      throw new IllegalArgumentException(
          "negatives must be at least 1, and no rank negative: %d, %d, %d"
              .formatted(negatives, rangeMin, rangeMax));
    }
    if (rangeMax > 0 && rangeMax - rangeMin < negatives) {
      throw new IllegalArgumentException(
          "from rank %d to %d there is no room for %d negatives"
              .formatted(rangeMin, rangeMax, negatives));
    }
  }

  /** So many negatives, the nearest that there are. */
  public HardNegatives(int negatives) {
    this(
        negatives,
        0,
        0,
        OptionalDouble.empty(),
        OptionalDouble.empty(),
        OptionalDouble.empty(),
        OptionalDouble.empty());
  }

  /**
   * What was found for a query.
   *
   * @param positive the similarity of its least similar positive
   * @param negatives most similar first; fewer than wanted if there are no more
   */
  public record Mined(float positive, List<SemanticSearch.Hit> negatives) {
    /** Copies the negatives. */
    public Mined {
      negatives = List.copyOf(negatives);
    }
  }

  /**
   * Mines.
   *
   * @param queries one embedding per row
   * @param positives for each query the rows of the corpus that belong to it, at least one
   * @param corpus one embedding per row
   * @return one result for each query
   * @throws IllegalArgumentException if a query has no positives, or one that is not in the corpus,
   *     or embeddings differ in length
   */
  public List<Mined> mine(float[][] queries, int[][] positives, float[][] corpus) {
    if (queries.length != positives.length) {
      throw new IllegalArgumentException(
          "%d queries, but positives for %d".formatted(queries.length, positives.length));
    }
    int most = 0;
    for (int i = 0; i < positives.length; i++) {
      if (positives[i].length == 0
          || Arrays.stream(positives[i]).anyMatch(row -> row < 0 || row >= corpus.length)) {
        throw new IllegalArgumentException(
            "query %d needs positives that are rows of the corpus, not %s"
                .formatted(i, Arrays.toString(positives[i])));
      }
      most = Math.max(most, positives[i].length);
    }
    SemanticSearch search = new SemanticSearch(corpus);
    List<Mined> mined = new ArrayList<>();
    int ranks = ranks(most);
    for (int from = 0; from < queries.length; from += CHUNK) {
      int to = Math.min(from + CHUNK, queries.length);
      List<List<SemanticSearch.Hit>> hits =
          search.search(Arrays.copyOfRange(queries, from, to), ranks + most);
      for (int i = from; i < to; i++) {
        mined.add(
            choose(
                hits.get(i - from),
                leastPositive(queries[i], positives[i], corpus),
                positives[i],
                ranks));
      }
    }
    return mined;
  }

  private int ranks(int mostPositives) {
    if (rangeMax > 0) {
      return rangeMax;
    }
    boolean ruledOut =
        maxScore.isPresent() || absoluteMargin.isPresent() || relativeMargin.isPresent();
    return rangeMin + negatives * (ruledOut ? SPARE : 1) + mostPositives;
  }

  /** The same arithmetic as for the candidates, so that equal vectors have equal scores. */
  private static float leastPositive(float[] query, int[] positives, float[][] corpus) {
    float[][] rows = Arrays.stream(positives).mapToObj(row -> corpus[row]).toArray(float[][]::new);
    List<SemanticSearch.Hit> hits =
        new SemanticSearch(rows).search(new float[][] {query}, rows.length).get(0);
    return hits.get(hits.size() - 1).score();
  }

  private Mined choose(
      List<SemanticSearch.Hit> candidates, float positive, int[] positives, int ranks) {
    List<SemanticSearch.Hit> kept =
        candidates.stream()
            .filter(hit -> Arrays.stream(positives).noneMatch(row -> row == hit.index()))
            .filter(hit -> isAllowed(hit.score(), positive))
            .limit(ranks)
            .skip(rangeMin)
            .limit(negatives)
            .toList();
    return new Mined(positive, kept);
  }

  private boolean isAllowed(float score, float positive) {
    double limit = Double.POSITIVE_INFINITY;
    if (absoluteMargin.isPresent()) {
      limit = positive - absoluteMargin.getAsDouble();
    }
    if (relativeMargin.isPresent()) {
      limit = Math.min(limit, positive - Math.abs(positive) * relativeMargin.getAsDouble());
    }
    limit = Math.min(limit, maxScore.orElse(Double.POSITIVE_INFINITY));
    return score <= limit && score >= minScore.orElse(Double.NEGATIVE_INFINITY);
  }
}
