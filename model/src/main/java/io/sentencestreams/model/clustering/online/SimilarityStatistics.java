package io.sentencestreams.model.clustering.online;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/**
 * How similar a model's vectors are by nature, learned from the stream while it runs: that of
 * records to micro-clusters at large, and that of records to their nearest one.
 */
final class SimilarityStatistics {
  private static final long MEMORY = 4096; // records over which the statistics adapt
  private static final double ONE = 1L << 40;

  private long records;
  private double mean;
  private double variance;
  private double nearestMedian;

  /** Learns from one record's similarities to all micro-clusters. */
  void add(float[] similarities, int size, int nearest) {
    records++;
    double rate = 1.0 / Math.min(records, MEMORY);
    double best = similarities[nearest];
    // A step towards the value, not by its distance: converges to the median, which outliers do
    // not move.
    nearestMedian = records == 1 ? best : nearestMedian + rate * Math.signum(best - nearestMedian);
    if (size > 1) {
      // In fixed point: a sum that does not depend on the order, which a restore does not keep.
      long sum = 0;
      long squares = 0;
      for (int i = 0; i < size; i++) {
        double similarity = i == nearest ? 0 : similarities[i];
        sum += (long) (similarity * ONE);
        squares += (long) (similarity * similarity * ONE);
      }
      double average = sum / ((size - 1) * ONE);
      double spread = Math.max(0, squares / ((size - 1) * ONE) - average * average);
      double difference = average - mean;
      mean += rate * difference;
      variance += rate * (spread + (1 - rate) * difference * difference - variance);
    }
  }

  /** What the nearest of so many unrelated vectors comes to (extreme of normal variables). */
  double unrelated(int size) {
    return mean + Math.sqrt(variance * 2 * Math.log(Math.max(2, size)));
  }

  /** Median similarity of a record to its nearest micro-cluster. */
  double nearestMedian() {
    return nearestMedian;
  }

  void write(DataOutput out) throws IOException {
    out.writeLong(records);
    out.writeDouble(mean);
    out.writeDouble(variance);
    out.writeDouble(nearestMedian);
  }

  void read(DataInput in) throws IOException {
    records = in.readLong();
    mean = in.readDouble();
    variance = in.readDouble();
    nearestMedian = in.readDouble();
  }
}
