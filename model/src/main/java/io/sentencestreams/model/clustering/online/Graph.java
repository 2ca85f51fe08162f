package io.sentencestreams.model.clustering.online;

import java.util.Arrays;

/** A weighted graph without loops, its edges by node, both ways. */
final class Graph {
  private final int[] begins;
  private final int[] targets;
  private final double[] weights;
  private final double[] degrees;
  private final double total;

  private Graph(int[] begins, int[] targets, double[] weights, double[] degrees) {
    this.begins = begins;
    this.targets = targets;
    this.weights = weights;
    this.degrees = degrees;
    // Without a tie nothing is expected of any.
    this.total = Math.max(Arrays.stream(degrees).sum(), Double.MIN_NORMAL);
  }

  int size() {
    return degrees.length;
  }

  /** First edge of a node; that of the next is the end. */
  int begin(int node) {
    return begins[node];
  }

  int target(int edge) {
    return targets[edge];
  }

  double weight(int edge) {
    return weights[edge];
  }

  /** What a node weighs: the sum of its edges, but for those to anchors. */
  double degree(int node) {
    return degrees[node];
  }

  /** Sum of all degrees. */
  double total() {
    return total;
  }

  /**
   * The resolution at which a partition is the likeliest: the logarithmic mean of how often ties
   * are within parts and between them, both beside what chance would have (Newman 2016).
   *
   * @return NaN where there is one part only, or no tie within any or between them
   */
  double resolution(int[] parts) {
    double[] sums = new double[size()];
    double within = 0;
    double all = 0;
    for (int i = 0; i < size(); i++) {
      sums[parts[i]] += degrees[i] / total;
      if (degrees[i] == 0) {
        continue; // an anchor, or alone
      }
      for (int e = begins[i]; e < begins[i + 1]; e++) {
        if (degrees[targets[e]] > 0) {
          all += weights[e];
          within += parts[i] == parts[targets[e]] ? weights[e] : 0;
        }
      }
    }
    double expected = 0;
    for (double sum : sums) {
      expected += sum * sum;
    }
    double inner = within / all / expected;
    double outer = (1 - within / all) / (1 - expected);
    if (!(outer > 0) || !(inner > outer) || Double.isInfinite(inner)) {
      return Double.NaN;
    }
    return (inner - outer) / Math.log(inner / outer);
  }

  /** The graph of parts, numbered from 0. */
  Graph aggregate(int[] parts, int count) {
    double[] sums = new double[count];
    int[] starts = new int[count + 1];
    for (int i = 0; i < parts.length; i++) {
      sums[parts[i]] += degrees[i];
      starts[parts[i] + 1]++;
    }
    for (int part = 0; part < count; part++) {
      starts[part + 1] += starts[part];
    }
    int[] members = new int[parts.length];
    int[] at = starts.clone();
    for (int i = 0; i < parts.length; i++) {
      members[at[parts[i]]++] = i;
    }
    int[] nextBegins = new int[count + 1];
    int[] nextTargets = new int[targets.length];
    double[] nextWeights = new double[targets.length];
    double[] ties = new double[count];
    int edges = 0;
    for (int part = 0; part < count; part++) {
      int first = edges;
      for (int m = starts[part]; m < starts[part + 1]; m++) {
        int node = members[m];
        for (int e = begins[node]; e < begins[node + 1]; e++) {
          int other = parts[targets[e]];
          if (other == part) {
            continue;
          }
          if (ties[other] == 0) {
            nextTargets[edges++] = other;
          }
          ties[other] += weights[e];
        }
      }
      for (int e = first; e < edges; e++) {
        nextWeights[e] = ties[nextTargets[e]];
        ties[nextTargets[e]] = 0;
      }
      nextBegins[part + 1] = edges;
    }
    return new Graph(
        nextBegins, Arrays.copyOf(nextTargets, edges), Arrays.copyOf(nextWeights, edges), sums);
  }

  /** Collects edges. */
  static final class Builder {
    private final int nodes;
    private final double[] degrees;
    private int[] ends = new int[1024];
    private double[] weights = new double[512];
    private int count;
    private double sum;

    Builder(int nodes) {
      this.nodes = nodes;
      this.degrees = new double[nodes];
    }

    /** A tie between two nodes; a second one adds to it. */
    void tie(int a, int b, double weight) {
      put(a, b, weight);
      degrees[a] += weight;
      degrees[b] += weight;
      sum += weight;
    }

    /** A tie to a node that holds others together and weighs nothing. */
    void anchor(int node, int anchor, double weight) {
      put(node, anchor, weight);
    }

    /** Mean weight of the ties so far, 0 if there is none. */
    double mean() {
      return count == 0 ? 0 : sum / count;
    }

    private void put(int a, int b, double weight) {
      if (count == weights.length) {
        weights = Arrays.copyOf(weights, 2 * count);
        ends = Arrays.copyOf(ends, 4 * count);
      }
      ends[2 * count] = a;
      ends[2 * count + 1] = b;
      weights[count++] = weight;
    }

    Graph build() {
      int[] begins = new int[nodes + 1];
      for (int e = 0; e < 2 * count; e++) {
        begins[ends[e] + 1]++;
      }
      for (int i = 0; i < nodes; i++) {
        begins[i + 1] += begins[i];
      }
      int[] at = begins.clone();
      int[] targets = new int[2 * count];
      double[] both = new double[2 * count];
      for (int e = 0; e < count; e++) {
        int a = ends[2 * e];
        int b = ends[2 * e + 1];
        targets[at[a]] = b;
        both[at[a]++] = weights[e];
        targets[at[b]] = a;
        both[at[b]++] = weights[e];
      }
      return new Graph(begins, targets, both, degrees);
    }
  }
}
