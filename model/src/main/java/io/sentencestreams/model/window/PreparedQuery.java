package io.sentencestreams.model.window;

import java.util.Arrays;

/**
 * What is computed once for a vector that is searched for and then added: its code and its products
 * with the centroids.
 */
final class PreparedQuery {
  private final Cells cells;
  private final SignCodes codes;
  private final DotProducts products;
  private final short[] vector;
  private int squares;
  private long firstHalf;
  private long secondHalf;
  private int[] dots = new int[0];
  private int nearest;
  private long version = -1;

  PreparedQuery(Cells cells, SignCodes codes, int dimension) {
    this.cells = cells;
    this.codes = codes;
    this.products = new DotProducts(dimension);
    this.vector = new short[dimension];
  }

  void prepare(short[] query) {
    boolean same = Arrays.equals(query, vector);
    if (same && version == cells.version()) {
      return;
    }
    if (!same || version < 0) {
      System.arraycopy(query, 0, vector, 0, query.length);
      squares = products.squares(query, 0, query.length);
      firstHalf = codes.half(query, 0);
      secondHalf = codes.half(query, 1);
    }
    if (dots.length < cells.count()) {
      dots = new int[cells.count() + cells.count() / 4];
    }
    cells.dots(vector, dots);
    nearest = Cells.greatest(dots, cells.count());
    version = cells.version();
  }

  short[] vector() {
    return vector;
  }

  /** Square of its length. */
  int squares() {
    return squares;
  }

  long firstHalf() {
    return firstHalf;
  }

  long secondHalf() {
    return secondHalf;
  }

  /** Cell of the nearest centroid; only where there is a cell. */
  int nearest() {
    return nearest;
  }

  /** How much less similar than the nearest centroid that of a cell is, as a cosine. */
  float shortfall(int cell) {
    return ((long) dots[nearest] - dots[cell]) * FixedPointVector.UNIT;
  }

  long memoryBytes() {
    return ArrayBytes.of(vector) + ArrayBytes.of(dots) + codes.memoryBytes();
  }
}
