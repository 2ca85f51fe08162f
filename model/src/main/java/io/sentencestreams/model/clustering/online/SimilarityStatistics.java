package io.sentencestreams.model.clustering.online;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/**
 * How similar a model's vectors are by nature, learned from the stream while it runs: a histogram
 * of the similarity of records to micro-clusters other than their nearest. Counts do not depend on
 * the order of the micro-clusters, which a restore does not keep.
 */
final class SimilarityStatistics {
  private static final int BINS = 256;
  private static final int MEMORY = 4096; // records after which the older half of the weight goes
  private static final int LEAST_PAIRS = 100; // fewer say nothing of the spread
  // Fifth and twentieth percentile of a normal variable, in standard deviations below the mean.
  private static final double LOW = 1.645;
  private static final double LOWER_FIFTH = 0.842;

  private final long[] any = new long[BINS];
  private long records;
  private long pairs;

  /** Learns from one record's similarities to all micro-clusters. */
  void add(float[] similarities, int size, int nearestRow) {
    records++;
    for (int i = 0; i < size; i++) {
      any[bin(similarities[i])]++;
    }
    any[bin(similarities[nearestRow])]--;
    pairs += size - 1;
    if (records >= MEMORY) {
      records /= 2;
      pairs = halve(any);
    }
  }

  private static int bin(float similarity) {
    return Math.max(0, Math.min(BINS - 1, (int) ((similarity + 1) * (BINS / 2))));
  }

  private static long halve(long[] counts) {
    long sum = 0;
    for (int i = 0; i < BINS; i++) {
      counts[i] /= 2;
      sum += counts[i];
    }
    return sum;
  }

  /** A quantile, interpolated within its bin. */
  private static double quantile(long[] counts, long total, double share) {
    double left = share * total;
    for (int i = 0; i < BINS; i++) {
      if (counts[i] > 0 && left <= counts[i]) {
        return (i + left / counts[i]) / (BINS / 2) - 1;
      }
      left -= counts[i];
    }
    return 1;
  }

  /**
   * Similarity that few unrelated vectors reach: two standard deviations above the mean, both taken
   * from the low end, where related pairs do not reach. What is above may be related; the macro
   * step learns how likely that is ({@link NeighbourOdds}), so this only keeps out what cannot be.
   * The extreme of as many vectors as there are would keep out too much: similarities of models
   * whose vectors share a direction (bge) are far from normal.
   */
  double unrelated() {
    if (pairs < LEAST_PAIRS) {
      return 1;
    }
    double low = quantile(any, pairs, 0.05);
    double fifth = quantile(any, pairs, 0.2);
    double deviation = (fifth - low) / (LOW - LOWER_FIFTH);
    return fifth + (LOWER_FIFTH + 2) * deviation;
  }

  void write(DataOutput out) throws IOException {
    out.writeLong(records);
    for (int i = 0; i < BINS; i++) {
      out.writeLong(any[i]);
    }
  }

  void read(DataInput in) throws IOException {
    records = in.readLong();
    pairs = 0;
    for (int i = 0; i < BINS; i++) {
      any[i] = in.readLong();
      pairs += any[i];
    }
  }
}
