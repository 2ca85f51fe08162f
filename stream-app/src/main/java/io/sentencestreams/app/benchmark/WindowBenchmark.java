package io.sentencestreams.app.benchmark;

import io.sentencestreams.model.internal.UnitVectors;
import io.sentencestreams.model.window.FixedPointVector;
import io.sentencestreams.model.window.VectorWindow;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;

/**
 * The window of vectors as it slides, beside a product of each query with all of them. One thread.
 *
 * <p>A record is searched for, added, and what is older than the window expires. A sample of the
 * records is searched for by brute force too, in fp32: that is the truth, and its time that of the
 * peer, taken in turn with ours. Pairs within {@value #BAND} of the threshold are counted apart.
 */
public final class WindowBenchmark {
  private static final float BAND = 1e-3f;
  private static final int SLICES = 32;

  private final float[][] vectors;
  private final int dimension;
  private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();

  /**
   * A benchmark of vectors in their order of arrival.
   *
   * @param vectors of one dimension
   */
  public WindowBenchmark(float[][] vectors) {
    this.vectors = vectors;
    this.dimension = vectors[0].length;
  }

  /**
   * What was measured of one window at one threshold.
   *
   * @param window records in it
   * @param threshold least cosine
   * @param recordsPerSecond searched, added and expired, by the clock
   * @param recordsPerCpuSecond the same by the processor's time, which other processes disturb less
   * @param fillPerCpuSecond while the window filled, with searches
   * @param bruteForcePerCpuSecond searches by matrix product
   * @param recall share of the true pairs of the sample that were found
   * @param pairs true pairs of the sample
   * @param falsePairs found, but not true
   * @param pairsWithinBand too near to the threshold to count
   * @param bytesPerVector index and vectors, in the arrays that hold them
   * @param ofFloat16 the same as a multiple of the vectors in half precision
   */
  public record Row(
      int window,
      float threshold,
      double recordsPerSecond,
      double recordsPerCpuSecond,
      double fillPerCpuSecond,
      double bruteForcePerCpuSecond,
      double recall,
      long pairs,
      long falsePairs,
      long pairsWithinBand,
      double bytesPerVector,
      double ofFloat16) {}

  /** Times of one contender. */
  private static final class Times {
    private long wall;
    private long cpu;
    private long records;

    double perCpuSecond() {
      return records == 0 ? Double.NaN : records * 1e9 / cpu;
    }

    double perSecond() {
      return records == 0 ? Double.NaN : records * 1e9 / wall;
    }
  }

  /** Counts of pairs. */
  private static final class Pairs {
    private long expected;
    private long hits;
    private long wrong;
    private long band;
  }

  /**
   * Lets a window slide over the vectors.
   *
   * @param size of the window, in records; less than there are vectors
   * @param sample records compared with the truth
   */
  public Row run(int size, float threshold, int sample) {
    VectorWindow window = new VectorWindow(dimension, threshold, Math.max(1, size / SLICES));
    short[][] fixed = Arrays.stream(vectors).map(FixedPointVector::of).toArray(short[][]::new);
    Times filling = new Times();
    timed(filling, () -> slide(window, fixed, 0, size, size, threshold));
    Times sliding = new Times();
    Times brute = new Times();
    Pairs pairs = new Pairs();
    int stretches = Math.max(1, Math.min(sample, vectors.length - size));
    for (int stretch = 0; stretch < stretches; stretch++) {
      int from = size + (int) ((long) stretch * (vectors.length - size) / stretches);
      int to = size + (int) ((stretch + 1L) * (vectors.length - size) / stretches);
      compare(window, fixed, from, size, threshold, brute, pairs);
      timed(sliding, () -> slide(window, fixed, from, to, size, threshold));
    }
    double bytes = (double) window.memoryBytes() / window.size();
    return new Row(
        size,
        threshold,
        sliding.perSecond(),
        sliding.perCpuSecond(),
        filling.perCpuSecond(),
        brute.perCpuSecond(),
        (double) pairs.hits / pairs.expected,
        pairs.expected,
        pairs.wrong,
        pairs.band,
        bytes,
        bytes / (2.0 * dimension));
  }

  private interface Work {
    /** Number of records. */
    int run();
  }

  private void timed(Times times, Work work) {
    long cpu = threads.getCurrentThreadCpuTime();
    long wall = System.nanoTime();
    times.records += work.run();
    times.wall += System.nanoTime() - wall;
    times.cpu += threads.getCurrentThreadCpuTime() - cpu;
  }

  private static int slide(
      VectorWindow window, short[][] fixed, int from, int to, int size, float threshold) {
    for (int i = from; i < to; i++) {
      window.search(fixed[i], threshold, (long) i - size, i, (handle, time, similarity) -> true);
      window.add(i, i, fixed[i]);
      window.expire((long) i - size);
    }
    return to - from;
  }

  private void compare(
      VectorWindow window,
      short[][] fixed,
      int query,
      int size,
      float threshold,
      Times brute,
      Pairs pairs) {
    Set<Long> found = new HashSet<>();
    window.search(
        fixed[query],
        threshold,
        (long) query - size,
        query,
        (handle, time, similarity) -> found.add(handle));
    int first = query - size;
    float[] similarities = new float[size];
    float[] dots = new float[UnitVectors.WIDTH];
    float[] unit = new float[dimension];
    new UnitVectors(new float[][] {vectors[query]}).get(0, unit);
    for (int at = 0; at < size; at += UnitVectors.WIDTH) {
      int end = Math.min(size, at + UnitVectors.WIDTH);
      UnitVectors block = new UnitVectors(Arrays.copyOfRange(vectors, first + at, first + end));
      timed(
          brute,
          () -> {
            block.dots(unit, 0, dots);
            return 0;
          });
      System.arraycopy(dots, 0, similarities, at, end - at);
    }
    brute.records++;
    for (int i = 0; i < size; i++) {
      boolean hit = found.remove((long) (first + i));
      if (Math.abs(similarities[i] - threshold) < BAND) {
        pairs.band++;
      } else if (similarities[i] >= threshold) {
        pairs.expected++;
        pairs.hits += hit ? 1 : 0;
      } else {
        pairs.wrong += hit ? 1 : 0;
      }
    }
    pairs.wrong += found.size();
  }
}
