package io.sentencestreams.model.clustering.online;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.List;

/**
 * What a cluster is about: its records as they were when it had the most of late. A cluster of
 * which all but a few records have gone may be taken over by others that happened to lie there, a
 * few in each step; they are not to be told its id. Immutable.
 */
final class Subject {
  // Less than half as alike as each is by itself, beyond unrelated records, is something else.
  private static final double LEAST = 0.5;
  private static final int MOST = Byte.MAX_VALUE;

  private final double size; // in micro-clusters
  private final long time;
  private final double within;
  // A byte for each dimension, in memory too, so that a restored one is the same: all clusters'
  // state is one record of a changelog.
  private final float scale;
  private final byte[] mean;

  private Subject(double size, long time, double within, float scale, byte[] mean) {
    this.size = size;
    this.time = time;
    this.within = within;
    this.scale = scale;
    this.mean = mean;
  }

  /** Of the micro-clusters that make a cluster at a time. */
  static Subject of(List<MicroSummary> micros, long time) {
    double[] sum = sum(micros);
    double most = Double.MIN_NORMAL;
    for (double value : sum) {
      most = Math.max(most, Math.abs(value));
    }
    byte[] mean = new byte[sum.length];
    for (int d = 0; d < mean.length; d++) {
      mean[d] = (byte) Math.round(sum[d] * MOST / most);
    }
    int count = micros.size();
    return new Subject(count, time, within(sum, count), (float) (most / MOST / count), mean);
  }

  /** Whether the micro-clusters are about something else. */
  boolean isLeftBy(List<MicroSummary> micros, double unrelated) {
    if (size < 2 || micros.size() < 2) {
      return false; // a single one does not tell how alike others of its kind are
    }
    double[] sum = sum(micros);
    double dot = 0;
    for (int d = 0; d < mean.length; d++) {
      dot += scale * mean[d] * sum[d] / micros.size();
    }
    double now = within(sum, micros.size());
    return within > unrelated
        && now > unrelated
        && Alike.likeness(dot, within, now, unrelated) < LEAST;
  }

  /** The one to go by from now on: that of the greater size, which fades by half-lives. */
  Subject or(Subject now, long halfLife) {
    return now.size >= size * Decay.factor(time, now.time, halfLife) ? now : this;
  }

  private static double[] sum(List<MicroSummary> micros) {
    int dimension = micros.get(0).centroid().length;
    double[] sum = new double[dimension];
    float[] direction = new float[dimension];
    for (MicroSummary micro : micros) {
      Vectors.direction(micro.centroid(), direction);
      for (int d = 0; d < dimension; d++) {
        sum[d] += direction[d];
      }
    }
    return sum;
  }

  /** Mean similarity of two different ones of so many unit vectors. */
  private static double within(double[] sum, int count) {
    double squares = 0;
    for (double value : sum) {
      squares += value * value;
    }
    return count < 2 ? 1 : (squares - count) / ((double) count * (count - 1));
  }

  void write(DataOutputStream out) throws IOException {
    out.writeDouble(size);
    out.writeLong(time);
    out.writeDouble(within);
    out.writeFloat(scale);
    out.writeInt(mean.length);
    out.write(mean);
  }

  static Subject read(DataInputStream in) throws IOException {
    double size = in.readDouble();
    long time = in.readLong();
    double within = in.readDouble();
    float scale = in.readFloat();
    byte[] mean = new byte[Binary.readSize(in)];
    in.readFully(mean);
    return new Subject(size, time, within, scale, mean);
  }
}
