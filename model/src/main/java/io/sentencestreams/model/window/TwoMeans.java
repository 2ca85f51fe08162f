package io.sentencestreams.model.window;

import java.util.Random;

/** Spherical 2-means over a sample of the members of a cell: the centroids it is split into. */
final class TwoMeans {
  private static final int SAMPLE = 256;
  private static final int ITERATIONS = 6;

  /** A split that leaves one side with less than this share would only cost. */
  private static final int LEAST_SHARE = 16;

  private final Chunks chunks;
  private final int dimension;
  private final DotProducts products;
  private final Random random = new Random(1);

  TwoMeans(Chunks chunks, int dimension) {
    this.chunks = chunks;
    this.dimension = dimension;
    this.products = new DotProducts(dimension);
  }

  /** Two centroids, or null where the members are too alike, or too unlike, to make two halves. */
  short[][] split(Cell cell) {
    int[] sample = new int[Math.min(cell.size(), SAMPLE)];
    for (int i = 0; i < sample.length; i++) {
      int low = (int) ((long) i * cell.size() / sample.length);
      int high = (int) ((i + 1L) * cell.size() / sample.length);
      sample[i] = cell.slot(low + random.nextInt(high - low));
    }
    int first = sample[random.nextInt(sample.length)];
    short[][] centroids = {copy(first), copy(leastSimilar(sample, first))};
    int second = 0;
    for (int iteration = 0; iteration < ITERATIONS; iteration++) {
      float[][] sums = new float[2][dimension];
      second = 0;
      for (int slot : sample) {
        int side = isNearerToSecond(slot, centroids) ? 1 : 0;
        second += side;
        add(slot, sums[side]);
      }
      if (second == 0
          || second == sample.length
          || FixedPointVector.isZero(sums[0])
          || FixedPointVector.isZero(sums[1])) {
        return null;
      }
      centroids[0] = FixedPointVector.of(sums[0]);
      centroids[1] = FixedPointVector.of(sums[1]);
    }
    return Math.min(second, sample.length - second) < sample.length / LEAST_SHARE
        ? null
        : centroids;
  }

  private boolean isNearerToSecond(int slot, short[][] centroids) {
    short[] vectors = chunks.of(slot).vectors();
    int offset = Chunks.offset(slot) * dimension;
    return products.dot(centroids[1], vectors, offset)
        > products.dot(centroids[0], vectors, offset);
  }

  /** Of a few, so that an outlier is an unlikely choice. */
  private int leastSimilar(int[] sample, int to) {
    short[] vector = copy(to);
    int least = to;
    int leastDot = Integer.MAX_VALUE;
    for (int i = 0; i < 8; i++) {
      int slot = sample[random.nextInt(sample.length)];
      int dot = products.dot(vector, chunks.of(slot).vectors(), Chunks.offset(slot) * dimension);
      if (dot < leastDot) {
        leastDot = dot;
        least = slot;
      }
    }
    return least;
  }

  private short[] copy(int slot) {
    return chunks.of(slot).copy(Chunks.offset(slot));
  }

  private void add(int slot, float[] sum) {
    short[] vectors = chunks.of(slot).vectors();
    int offset = Chunks.offset(slot) * dimension;
    for (int d = 0; d < dimension; d++) {
      sum[d] += vectors[offset + d];
    }
  }
}
