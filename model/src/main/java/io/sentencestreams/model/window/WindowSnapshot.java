package io.sentencestreams.model.window;

import java.util.BitSet;
import java.util.List;

/**
 * The vectors that a {@link VectorWindow} held at one moment. Immutable: any number of threads may
 * search it while the window goes on to change.
 *
 * <p>Nothing is copied but references. The window only ever appends to its arrays, or replaces them
 * by larger ones, and a snapshot reads no farther than they were filled when it was taken. So
 * taking one of 100,000 vectors takes microseconds, in which the window must not change; what
 * follows takes nothing from the window's owner but memory bandwidth. Searches compare every vector
 * and are exact.
 */
public final class WindowSnapshot {
  /** One without vectors. */
  public static final WindowSnapshot EMPTY = new WindowSnapshot(0, List.of());

  private final int dimension;
  private final List<Part> parts;

  /** What a chunk held; removed is null where nothing was. */
  record Part(
      short[] vectors,
      long[] handles,
      long[] times,
      int size,
      BitSet removed,
      long leastTime,
      long greatestTime) {

    boolean meets(long fromTime, long toTime) {
      return leastTime <= toTime && greatestTime >= fromTime;
    }

    boolean isWithin(int offset, long fromTime, long toTime) {
      return times[offset] >= fromTime
          && times[offset] <= toTime
          && (removed == null || !removed.get(offset));
    }
  }

  WindowSnapshot(int dimension, List<Part> parts) {
    this.dimension = dimension;
    this.parts = List.copyOf(parts);
  }

  /** Dimension of the vectors; 0 in {@link #EMPTY}. */
  public int dimension() {
    return dimension;
  }

  /** Number of vectors. */
  public long size() {
    long size = 0;
    for (Part part : parts) {
      size += part.size() - (part.removed() == null ? 0 : part.removed().cardinality());
    }
    return size;
  }

  /**
   * The most similar vectors of a span of time, exactly.
   *
   * @param query a vector as {@link FixedPointVector} makes it
   * @param k how many at most
   * @param minSimilarity least cosine
   * @param fromTime least time
   * @param toTime greatest time
   * @return best first, equally similar ones by time and handle
   * @throws IllegalArgumentException if the query's dimension is not that of the vectors
   */
  public List<Match> nearest(
      short[] query, int k, float minSimilarity, long fromTime, long toTime) {
    BestMatches best = new BestMatches(k);
    if (parts.isEmpty() || k <= 0) {
      return best.list();
    }
    if (query.length != dimension) {
      throw new IllegalArgumentException(
          "a vector of %d dimensions in a window of %d".formatted(query.length, dimension));
    }
    DotProducts products = new DotProducts(dimension);
    int squares = products.squares(query, 0, dimension);
    for (Part part : parts) {
      if (part.meets(fromTime, toTime)) {
        search(part, query, squares, products, minSimilarity, fromTime, toTime, best);
      }
    }
    return best.list();
  }

  private void search(
      Part part,
      short[] query,
      int squares,
      DotProducts products,
      float minSimilarity,
      long fromTime,
      long toTime,
      BestMatches best) {
    short[] vectors = part.vectors();
    for (int offset = 0; offset < part.size(); offset++) {
      if (!part.isWithin(offset, fromTime, toTime)) {
        continue;
      }
      int at = offset * dimension;
      int dot = products.dot(query, vectors, at);
      float least = Math.max(minSimilarity, best.least());
      if (dot * FixedPointVector.UNIT < least - DotProducts.ROUNDING) {
        continue;
      }
      float similarity = DotProducts.cosine(dot, squares, products.squares(vectors, at, dimension));
      if (similarity >= least) {
        best.match(part.handles()[offset], part.times()[offset], similarity);
      }
    }
  }

  /** A copy of a vector; null if it is not there. */
  public short[] vector(long handle, long time) {
    for (Part part : parts) {
      if (part.meets(time, time)) {
        for (int offset = 0; offset < part.size(); offset++) {
          if (part.handles()[offset] == handle && part.isWithin(offset, time, time)) {
            short[] vector = new short[dimension];
            System.arraycopy(part.vectors(), offset * dimension, vector, 0, dimension);
            return vector;
          }
        }
      }
    }
    return null;
  }
}
