package io.sentencestreams.model.window;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;

/**
 * The vectors of a sliding window of time, indexed for the search of near-duplicates. Not
 * thread-safe: one per partition and model version.
 *
 * <p>Vectors are kept as they arrive, slice of time by slice, and dropped with their slice. An
 * inverted file (J&eacute;gou et al.: Product Quantization for Nearest Neighbor Search, 2011) leads
 * to them: a search visits the cells whose centroids are nearly as similar to the query as the
 * nearest one, dismisses most of their members by a code of 128 bits, and compares the rest
 * exactly. So each match is one, and few are missed: at least 995 of a thousand are found, as
 * measured on real embeddings. A window of up to {@value #EXACT_SIZE} vectors and a search below a
 * cosine of 0.6 compare all vectors and miss none.
 */
public final class VectorWindow {
  private static final int EXACT_SIZE = 1024;

  private final int dimension;
  private final float threshold;
  private final Chunks chunks = new Chunks();
  private final Slices slices;
  private final Cells cells;
  private final PreparedQuery prepared;
  private final DotProducts products;
  private long indexed;

  /** Of the last search: most searches have one threshold. */
  private SignCodes.Limits limits;

  private float limitsOf;

  /**
   * An empty window.
   *
   * @param dimension of the vectors
   * @param threshold the lowest similarity that is ever searched for
   * @param sliceMillis time that {@link #expire} drops at once
   * @throws IllegalArgumentException if one of them is out of range
   */
  public VectorWindow(int dimension, float threshold, long sliceMillis) {
    if (dimension < 1 || !(threshold >= -1 && threshold <= 1) || sliceMillis < 1) {
      throw new IllegalArgumentException(
          ("dimension %d, threshold %s, slices of %d ms: a dimension and a slice must be at least"
                  + " 1, a threshold a cosine from -1 to 1")
              .formatted(dimension, threshold, sliceMillis));
    }
    this.dimension = dimension;
    this.threshold = threshold;
    this.slices = new Slices(chunks, dimension, sliceMillis);
    SignCodes codes = new SignCodes(dimension);
    this.cells = new Cells(chunks, codes, dimension);
    this.prepared = new PreparedQuery(cells, codes, dimension);
    this.products = new DotProducts(dimension);
  }

  /**
   * Adds a vector; times may come in any order. One that was just searched for costs less.
   *
   * @param handle names it in matches; what is added twice is found twice
   * @param time in milliseconds
   * @param vector copied
   * @throws IllegalArgumentException if its dimension is not the window's
   */
  public void add(long handle, long time, short[] vector) {
    check(vector);
    if (cells.count() == 0) {
      cells.create(vector);
    }
    prepared.prepare(vector);
    int cell = prepared.nearest();
    cells
        .get(cell)
        .add(slices.add(handle, time, vector), prepared.firstHalf(), prepared.secondHalf());
    indexed++;
    cells.splitIfLarge(cell, indexed);
  }

  /**
   * Visits the vectors at least so similar to a query.
   *
   * @param query a vector of length one, as {@link FixedPointVector} makes it
   * @param threshold least cosine, not below that of the window
   * @param fromTime least time
   * @param toTime greatest time
   * @throws IllegalArgumentException if the query's dimension is not the window's, or the threshold
   *     is below the window's
   */
  public void search(
      short[] query, float threshold, long fromTime, long toTime, MatchVisitor visitor) {
    check(query);
    if (!(threshold >= this.threshold)) {
      throw new IllegalArgumentException(
          "a search at %s in a window made for searches at %s and above"
              .formatted(threshold, this.threshold));
    }
    if (slices.size() == 0) {
      return;
    }
    prepared.prepare(query);
    if (isScanned(threshold)) {
      scan(threshold, fromTime, toTime, visitor);
      return;
    }
    double margin = Probing.margin(threshold, dimension);
    if (limits == null || threshold != limitsOf) {
      limits = SignCodes.Limits.of(threshold);
      limitsOf = threshold;
    }
    for (int i = 0; i < cells.count(); i++) {
      if (prepared.shortfall(i) <= margin
          && !search(cells.get(i), threshold, fromTime, toTime, visitor)) {
        return;
      }
    }
  }

  private boolean isScanned(float least) {
    return least < Probing.LEAST_THRESHOLD || slices.size() <= EXACT_SIZE;
  }

  private boolean search(Cell cell, float least, long fromTime, long toTime, MatchVisitor visitor) {
    long firstHalf = prepared.firstHalf();
    long secondHalf = prepared.secondHalf();
    int firstLimit = limits.firstHalf();
    int limit = limits.both();
    int size = cell.size();
    for (int i = cell.next(0, firstHalf, secondHalf, firstLimit, limit);
        i < size;
        i = cell.next(i + 1, firstHalf, secondHalf, firstLimit, limit)) {
      int slot = cell.slot(i);
      Chunk chunk = chunks.of(slot);
      if (chunk != null
          && chunk.isWithin(Chunks.offset(slot), fromTime, toTime)
          && !visit(chunk, Chunks.offset(slot), least, visitor)) {
        return false;
      }
    }
    return true;
  }

  private void scan(float least, long fromTime, long toTime, MatchVisitor visitor) {
    for (int number = 0; number < chunks.numbers(); number++) {
      Chunk chunk = chunks.get(number);
      if (chunk != null && chunk.meets(fromTime, toTime)) {
        for (int offset = 0; offset < chunk.size(); offset++) {
          if (chunk.isWithin(offset, fromTime, toTime) && !visit(chunk, offset, least, visitor)) {
            return;
          }
        }
      }
    }
  }

  /** Compares one vector; whether the search goes on. */
  private boolean visit(Chunk chunk, int offset, float least, MatchVisitor visitor) {
    short[] vectors = chunk.vectors();
    int at = offset * dimension;
    int dot = products.dot(prepared.vector(), vectors, at);
    if (dot * FixedPointVector.UNIT < least - DotProducts.ROUNDING) {
      return true;
    }
    float similarity =
        DotProducts.cosine(dot, prepared.squares(), products.squares(vectors, at, dimension));
    return similarity < least
        || visitor.match(chunk.handle(offset), chunk.time(offset), similarity);
  }

  /** What the window holds now, for exact searches by other threads while it goes on to change. */
  public WindowSnapshot snapshot() {
    List<WindowSnapshot.Part> parts = new ArrayList<>();
    for (int number = 0; number < chunks.numbers(); number++) {
      Chunk chunk = chunks.get(number);
      if (chunk != null) {
        parts.add(chunk.freeze());
      }
    }
    return new WindowSnapshot(dimension, parts);
  }

  /**
   * Handles of some of the vectors, whichever.
   *
   * @param most how many at most
   */
  public long[] handles(int most) {
    LongStream.Builder handles = LongStream.builder();
    int found = 0;
    for (int number = 0; number < chunks.numbers() && found < most; number++) {
      Chunk chunk = chunks.get(number);
      int left = chunk == null ? 0 : Math.min(chunk.live(), most - found);
      for (int offset = 0; left > 0; offset++) {
        if (chunk.isLive(offset)) {
          handles.add(chunk.handle(offset));
          found++;
          left--;
        }
      }
    }
    return handles.build().toArray();
  }

  /**
   * Removes one vector exactly; its memory is freed with its slice.
   *
   * @return whether it was there
   */
  public boolean remove(long handle, long time) {
    boolean removed = slices.remove(handle, time);
    if (removed) {
      purgeIfWorthwhile();
    }
    return removed;
  }

  /**
   * Drops the slices that end before a time: older vectors of the slice that holds it stay.
   *
   * @return how many vectors went
   */
  public long expire(long beforeTime) {
    long expired = slices.expire(beforeTime);
    if (expired > 0) {
      purgeIfWorthwhile();
    }
    return expired;
  }

  private void purgeIfWorthwhile() {
    // Cells keep what is gone until it is a sixteenth of what they hold: a pass over all of them
    // is then a small part of the cost of what was added meanwhile.
    if (indexed - slices.size() > Math.max(EXACT_SIZE, slices.size() / 16)) {
      cells.purge(slices.size());
      chunks.reuse();
      indexed = slices.size();
    }
  }

  /** Number of vectors. */
  public long size() {
    return slices.size();
  }

  /** Bytes of the arrays that the window holds, vectors and index, room for growth included. */
  public long memoryBytes() {
    return chunks.memoryBytes()
        + slices.memoryBytes()
        + cells.memoryBytes()
        + prepared.memoryBytes();
  }

  private void check(short[] vector) {
    if (vector.length != dimension) {
      throw new IllegalArgumentException(
          "a vector of %d dimensions in a window of %d".formatted(vector.length, dimension));
    }
  }
}
