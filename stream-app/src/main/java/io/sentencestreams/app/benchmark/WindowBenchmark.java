package io.sentencestreams.app.benchmark;

import io.sentencestreams.model.internal.UnitVectors;
import io.sentencestreams.model.window.FixedPointVector;
import io.sentencestreams.model.window.VectorWindow;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.Arrays;
import java.util.Set;

/**
 * The window of vectors as it slides, beside a product of each query with all of them. One thread.
 *
 * <p>A record is searched for, added, and what is older than the window expires. What the searches
 * of a sample of the records found is compared with the truth afterwards, see {@link WindowTruth}.
 * The peer's time is that of products of {@value #PEER_QUERIES} records at once.
 */
public final class WindowBenchmark {
  private static final int SLICES = 32;
  private static final int PEER_QUERIES = 32;

  /** So many vectors of the window are laid out at a time, beside the peer's clock. */
  private static final int BLOCK = 4096;

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
    timed(filling, () -> slide(window, fixed, 0, size, size, threshold, null));
    WindowTruth truth = new WindowTruth(vectors, size, threshold, sample);
    Times sliding = new Times();
    timed(sliding, () -> slide(window, fixed, size, vectors.length, size, threshold, truth));
    WindowTruth.Pairs pairs = truth.judge();
    double bytes = (double) window.memoryBytes() / window.size();
    return new Row(
        size,
        threshold,
        sliding.perSecond(),
        sliding.perCpuSecond(),
        filling.perCpuSecond(),
        bruteForce(size).perCpuSecond(),
        (double) pairs.hits() / pairs.expected(),
        pairs.expected(),
        pairs.wrong(),
        pairs.withinBand(),
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
      VectorWindow window,
      short[][] fixed,
      int from,
      int to,
      int size,
      float threshold,
      WindowTruth truth) {
    for (int i = from; i < to; i++) {
      Set<Long> found = truth == null ? null : truth.found(i);
      window.search(
          fixed[i],
          threshold,
          (long) i - size,
          i,
          found == null
              ? (handle, time, similarity) -> true
              : (handle, time, similarity) -> found.add(handle));
      window.add(i, i, fixed[i]);
      window.expire((long) i - size);
    }
    return to - from;
  }

  /** Searches by the product of the queries with a whole window. */
  private Times bruteForce(int size) {
    Times brute = new Times();
    int queries = Math.min(PEER_QUERIES, vectors.length - size);
    UnitVectors units = new UnitVectors(Arrays.copyOfRange(vectors, size, size + queries));
    float[][] unit = new float[queries][dimension];
    for (int i = 0; i < queries; i++) {
      units.get(i, unit[i]);
    }
    float[] dots = new float[UnitVectors.WIDTH];
    for (int at = 0; at < size; at += BLOCK) {
      int end = Math.min(size, at + BLOCK);
      UnitVectors base = new UnitVectors(Arrays.copyOfRange(vectors, at, end));
      timed(
          brute,
          () -> {
            for (int block = 0; block < base.blocks(); block++) {
              for (float[] query : unit) {
                base.dots(query, block, dots);
              }
            }
            return 0;
          });
    }
    brute.records = queries;
    return brute;
  }
}
