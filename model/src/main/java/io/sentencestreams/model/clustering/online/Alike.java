package io.sentencestreams.model.clustering.online;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Joins communities whose records are as similar across as within: a graph of neighbours is thinner
 * in some places than in others by chance, and a stream that has few topics would be cut there.
 */
final class Alike {
  /** Mean similarity across, beyond that of unrelated records, in parts of the one within. */
  private static final double SHARE = 0.9;

  private Alike() {}

  /** A community of several. */
  private static final class Part {
    private final int number;
    private final double[] sum;
    private double size;

    Part(int number, int dimension) {
      this.number = number;
      this.sum = new double[dimension];
    }

    void add(double[] other, double count) {
      for (int d = 0; d < sum.length; d++) {
        sum[d] += other[d];
      }
      size += count;
    }

    double within() {
      return (dot(sum, sum) - size) / (size * (size - 1));
    }

    /** From 0, as unrelated ones are, to 1, as much as each by itself. */
    double likeness(Part other, double unrelated) {
      double across = dot(sum, other.sum) / (size * other.size);
      return Alike.likeness(across, within(), other.within(), unrelated);
    }
  }

  /**
   * How alike two sets of records are: mean similarity across, beyond that of unrelated ones, in
   * parts of the one within each; 0 where those within one are as unrelated as any.
   */
  static double likeness(double across, double within, double withinOther, double unrelated) {
    double mine = within - unrelated;
    double its = withinOther - unrelated;
    return mine > 0 && its > 0 ? (across - unrelated) / Math.sqrt(mine * its) : 0;
  }

  /**
   * Joins them.
   *
   * @param unrelated mean similarity of any two
   * @param parts community of each node, from 0; changed in place
   */
  static void join(List<NeighbourGraph.Node> nodes, double unrelated, int[] parts) {
    if (nodes.isEmpty()) {
      return;
    }
    List<Part> all = new ArrayList<>();
    int[] names = new int[Arrays.stream(parts).max().orElse(-1) + 1];
    for (int i = 0; i < names.length; i++) {
      all.add(new Part(i, nodes.get(0).dimension()));
      names[i] = i;
    }
    for (int i = 0; i < nodes.size(); i++) {
      nodes.get(i).addTo(all.get(parts[i]).sum);
      all.get(parts[i]).size++;
    }
    all.removeIf(part -> part.size < 2);
    while (joinOnce(all, unrelated, names)) {
      // until none are alike
    }
    for (int i = 0; i < parts.length; i++) {
      parts[i] = names[parts[i]];
    }
  }

  private static boolean joinOnce(List<Part> all, double unrelated, int[] names) {
    double most = SHARE;
    Part into = null;
    Part from = null;
    for (int a = 0; a < all.size(); a++) {
      for (int b = 0; b < a; b++) {
        double likeness = all.get(a).likeness(all.get(b), unrelated);
        if (likeness > most) {
          most = likeness;
          into = all.get(b);
          from = all.get(a);
        }
      }
    }
    if (into == null) {
      return false;
    }
    into.add(from.sum, from.size);
    all.remove(from);
    for (int i = 0; i < names.length; i++) {
      if (names[i] == from.number) {
        names[i] = into.number;
      }
    }
    return true;
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int d = 0; d < a.length; d++) {
      sum += a[d] * b[d];
    }
    return sum;
  }
}
