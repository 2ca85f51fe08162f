package io.sentencestreams.model.window;

import java.util.Arrays;
import java.util.BitSet;
import java.util.stream.IntStream;

/**
 * Cells of the sphere, each around a centroid, that follow the vectors: a cell that has grown large
 * is split in two by 2-means over its members, one that is nearly empty is dissolved. So there is
 * no training that a stream thread would wait for, and centroids are always those of the window.
 */
final class Cells {
  /** A cell is split at this many times the square root of the vectors, but not below 256. */
  private static final int SPLIT_AT = 6;

  private static final int LEAST_SPLIT = 256;

  /** A cell is dissolved below this part of what it is split at. */
  private static final int DISSOLVE_BELOW = 16;

  /** Cells around one that is split with which it exchanges members. */
  private static final int NEIGHBOURS = 32;

  /** Bits in which the code of a vector and of a centroid near it differ: 32 at a cosine of 0.7. */
  private static final int NEAR_BITS = 36;

  private final int dimension;
  private final Chunks chunks;
  private final TwoMeans twoMeans;
  private final DotProducts products;
  private final SignCodes codes;
  private short[] centroids;
  private Cell[] cells = new Cell[4];
  private int count;
  private long version;

  Cells(Chunks chunks, SignCodes codes, int dimension) {
    this.chunks = chunks;
    this.codes = codes;
    this.dimension = dimension;
    this.twoMeans = new TwoMeans(chunks, dimension);
    this.products = new DotProducts(dimension);
    this.centroids = new short[cells.length * dimension];
  }

  int count() {
    return count;
  }

  Cell get(int index) {
    return cells[index];
  }

  /** Changes whenever a centroid does. */
  long version() {
    return version;
  }

  /** Dot products of a vector with all centroids. */
  void dots(short[] vector, int[] dots) {
    for (int i = 0; i < count; i++) {
      dots[i] = products.dot(vector, centroids, i * dimension);
    }
  }

  /** Adds a cell; its index. */
  int create(short[] centroid) {
    if (count == cells.length) {
      int capacity = count + Math.max(4, count / 8);
      cells = Arrays.copyOf(cells, capacity);
      centroids = Arrays.copyOf(centroids, capacity * dimension);
    }
    cells[count] = new Cell();
    setCentroid(count, centroid);
    return count++;
  }

  private void setCentroid(int index, short[] centroid) {
    System.arraycopy(centroid, 0, centroids, index * dimension, dimension);
    version++;
  }

  /**
   * Splits a cell if it is large.
   *
   * @param vectors in the window
   */
  void splitIfLarge(int index, long vectors) {
    Cell cell = cells[index];
    if (!cell.isLarge(splitAt(vectors))) {
      return;
    }
    cell.retain(i -> chunks.isLive(cell.slot(i)));
    if (!cell.isLarge(splitAt(vectors))) {
      return;
    }
    short[][] halves = twoMeans.split(cell);
    if (halves == null) {
      cell.keepWhole();
      return;
    }
    int half = create(halves[1]);
    int[] around = withNeighbours(index, half);
    setCentroid(index, halves[0]);
    cells[index] = new Cell();
    for (int i = 0; i < cell.size(); i++) {
      cells[nearest(cell.slot(i), around)].add(cell.slot(i), cell.first(i), cell.second(i));
    }
    BitSet isAround = new BitSet(count);
    for (int neighbour : around) {
      isAround.set(neighbour);
      if (neighbour != index && neighbour != half) {
        giveAway(neighbour, index, half);
      }
    }
    takeFromAfar(isAround, index, half);
  }

  /**
   * Where the stream has turned to what few vectors were about, these lie in cells far away, and
   * would not be found from the new ones: such cells give away what is nearer to these too. Codes
   * tell which cells have any.
   */
  private void takeFromAfar(BitSet isAround, int first, int second) {
    long[][] both = {code(first), code(second)};
    for (int from = isAround.nextClearBit(0);
        from < count;
        from = isAround.nextClearBit(from + 1)) {
      Cell cell = cells[from];
      if (hasNear(cell, both[0]) || hasNear(cell, both[1])) {
        giveAway(from, first, second);
      }
    }
  }

  private static boolean hasNear(Cell cell, long[] code) {
    return cell.next(0, code[0], code[1], NEAR_BITS, NEAR_BITS) < cell.size();
  }

  private long[] code(int index) {
    short[] centroid = centroid(index);
    return new long[] {codes.half(centroid, 0), codes.half(centroid, 1)};
  }

  /** Moves the members of a cell that are nearer to one of two others. */
  private void giveAway(int from, int first, int second) {
    Cell cell = cells[from];
    short[] own = centroid(from);
    short[][] others = {centroid(first), centroid(second)};
    cell.retain(
        i -> {
          int slot = cell.slot(i);
          if (!chunks.isLive(slot)) {
            return false;
          }
          short[] vectors = chunks.of(slot).vectors();
          int offset = Chunks.offset(slot) * dimension;
          int firstDot = products.dot(others[0], vectors, offset);
          int secondDot = products.dot(others[1], vectors, offset);
          if (Math.max(firstDot, secondDot) <= products.dot(own, vectors, offset)) {
            return true;
          }
          cells[firstDot > secondDot ? first : second].add(slot, cell.first(i), cell.second(i));
          return false;
        });
  }

  private short[] centroid(int index) {
    return Arrays.copyOfRange(centroids, index * dimension, (index + 1) * dimension);
  }

  /**
   * A cell, its new half and the cells around: a member of what is split may be nearer to one of
   * these than to either half, and the other way round (Xu et al.: SPFresh, SOSP 2023).
   */
  private int[] withNeighbours(int index, int half) {
    int[] dots = new int[count];
    dots(centroid(index), dots);
    dots[half] = Integer.MAX_VALUE;
    dots[index] = Integer.MAX_VALUE;
    return IntStream.range(0, count)
        .mapToLong(cell -> ((long) -dots[cell] << Integer.SIZE) | cell)
        .sorted()
        .limit(2L + NEIGHBOURS)
        .mapToInt(packed -> (int) packed)
        .toArray();
  }

  private int nearest(int slot, int[] among) {
    short[] vector = chunks.of(slot).copy(Chunks.offset(slot));
    int nearest = among[0];
    int greatest = Integer.MIN_VALUE;
    for (int cell : among) {
      int dot = products.dot(vector, centroids, cell * dimension);
      if (dot > greatest) {
        greatest = dot;
        nearest = cell;
      }
    }
    return nearest;
  }

  private static int splitAt(long vectors) {
    return (int) Math.max(LEAST_SPLIT, SPLIT_AT * Math.sqrt((double) vectors));
  }

  /** Forgets the slots that are gone and dissolves cells that are left nearly empty. */
  void purge(long vectors) {
    for (int i = 0; i < count; i++) {
      Cell cell = cells[i];
      cell.retain(member -> chunks.isLive(cell.slot(member)));
    }
    int least = splitAt(vectors) / DISSOLVE_BELOW;
    for (int i = count - 1; i >= 0 && count > 1; i--) {
      if (cells[i].size() < least) {
        dissolve(i);
      }
    }
    if (count == 1 && cells[0].size() == 0) {
      count = 0;
      version++;
    }
  }

  private void dissolve(int index) {
    Cell cell = cells[index];
    count--;
    cells[index] = cells[count];
    cells[count] = null;
    System.arraycopy(centroids, count * dimension, centroids, index * dimension, dimension);
    version++;
    int[] dots = new int[count];
    for (int i = 0; i < cell.size(); i++) {
      int slot = cell.slot(i);
      dots(chunks.of(slot).copy(Chunks.offset(slot)), dots);
      cells[greatest(dots, count)].add(slot, cell.first(i), cell.second(i));
    }
  }

  static int greatest(int[] dots, int count) {
    int greatest = 0;
    for (int i = 1; i < count; i++) {
      if (dots[i] > dots[greatest]) {
        greatest = i;
      }
    }
    return greatest;
  }

  long memoryBytes() {
    long bytes = ArrayBytes.of(centroids) + ArrayBytes.ofReferences(cells.length);
    for (int i = 0; i < count; i++) {
      bytes += cells[i].memoryBytes();
    }
    return bytes;
  }
}
