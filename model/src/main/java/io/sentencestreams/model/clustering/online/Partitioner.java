package io.sentencestreams.model.clustering.online;

import java.util.Arrays;

/**
 * Partitions weighted micro-clusters so that records of one part are more similar than a
 * resolution, on average over their pairs, and records of two parts are less: the constant Potts
 * model (Traag, Van Dooren and Nesterov 2011) on the complete graph of records with their cosine
 * similarity as weight. Sums of vectors stand for the pairs: the similarity between two parts, over
 * all their pairs, is the dot product of their sums. Moves nodes locally, refines and aggregates as
 * the Leiden algorithm does (Traag, Waltman and Van Eck 2019), from a given partition on.
 */
final class Partitioner {
  private static final int MAX_PASSES = 20;
  private static final int MAX_LEVELS = 10;

  private final float[][] sums;
  private final double[] weights;
  private final int dimension;

  /**
   * Nodes to partition.
   *
   * @param sums of each node's unit vectors
   * @param weights of each node's records
   */
  Partitioner(float[][] sums, double[] weights, int dimension) {
    this.sums = sums;
    this.weights = weights;
    this.dimension = dimension;
  }

  /**
   * A partition that no move of a node improves.
   *
   * @param start part of each node to begin with, -1 for none
   * @return part of each node, numbered from 0 in the order of their first nodes
   */
  int[] partition(int[] start, double resolution) {
    int[] parts = open(start);
    for (int level = 0; level < MAX_LEVELS; level++) {
      int[] before = parts.clone();
      int[] refined = new int[parts.length];
      Arrays.setAll(refined, i -> i);
      move(sums, weights, refined, parts, null, resolution);
      int[] first = firstOf(refined);
      int[] outer = new int[first.length];
      for (int a = 0; a < first.length; a++) {
        outer[a] = parts[first[a]];
      }
      move(
          aggregate(refined, first.length),
          weigh(refined, first.length),
          outer,
          null,
          null,
          resolution);
      for (int i = 0; i < parts.length; i++) {
        parts[i] = outer[refined[i]];
      }
      compact(parts);
      move(sums, weights, parts, null, null, resolution);
      if (Arrays.equals(parts, before)) {
        break;
      }
    }
    return parts;
  }

  /**
   * Puts nodes that have no part yet where they fit best, or into parts of their own, and leaves
   * the others where they are: a fraction of the work of {@link #partition}.
   */
  int[] place(int[] start, double resolution) {
    int[] parts = open(start);
    boolean[] free = new boolean[start.length];
    for (int i = 0; i < start.length; i++) {
      free[i] = start[i] < 0;
    }
    move(sums, weights, parts, null, free, resolution);
    return parts;
  }

  /** Gives each node without a part one of its own. */
  private static int[] open(int[] start) {
    int[] parts = start.clone();
    int next = Arrays.stream(start).max().orElse(-1) + 1;
    for (int i = 0; i < parts.length; i++) {
      if (parts[i] < 0) {
        parts[i] = next++;
      }
    }
    compact(parts);
    return parts;
  }

  /** Moves single nodes while that improves anything; {@code within} bounds them, if given. */
  private void move(
      float[][] nodes,
      double[] nodeWeights,
      int[] parts,
      int[] within,
      boolean[] free,
      double resolution) {
    for (int pass = 0; pass < MAX_PASSES; pass++) {
      if (new Moves(nodes, nodeWeights, parts, within, resolution).pass(free) == 0) {
        break;
      }
      compact(parts);
    }
    compact(parts);
  }

  /** One pass of moves over all nodes. */
  private final class Moves {
    private final float[][] nodes;
    private final double[] nodeWeights;
    private final int[] parts;
    private final int[] within;
    private final double resolution;
    private final float[][] partSums;
    private final double[] partWeights;
    private final int[] members;
    private final int[] bounds;
    private final VectorTable table;
    private int size;

    Moves(float[][] nodes, double[] nodeWeights, int[] parts, int[] within, double resolution) {
      this.nodes = nodes;
      this.nodeWeights = nodeWeights;
      this.parts = parts;
      this.within = within;
      this.resolution = resolution;
      this.size = Arrays.stream(parts).max().orElse(-1) + 1;
      // A pass opens a part at most for each node.
      int most = size + nodes.length;
      this.partSums = new float[most][];
      this.partWeights = new double[most];
      this.members = new int[most];
      this.bounds = new int[most];
      this.table = new VectorTable(dimension);
      for (int i = 0; i < nodes.length; i++) {
        join(i, parts[i], false);
      }
      for (int part = 0; part < size; part++) {
        table.set(part, partSums[part]);
      }
    }

    int pass(boolean[] free) {
      int moved = 0;
      float[] dots = new float[0];
      for (int i = 0; i < nodes.length; i++) {
        if (free != null && !free[i]) {
          continue;
        }
        dots = table.dots(nodes[i], size, dots);
        int own = parts[i];
        double weight = nodeWeights[i];
        // Without the node itself: what staying gains over being alone.
        double best =
            dots[own]
                - Vectors.squares(nodes[i])
                - resolution * weight * (partWeights[own] - weight);
        // Rounding must not move a node back and forth.
        double margin = 1e-6 * weight * weight;
        int target = own;
        for (int part = 0; part < size; part++) {
          if (part == own || members[part] == 0) {
            continue;
          }
          double gain = dots[part] - resolution * weight * partWeights[part];
          if (gain > best + margin && (within == null || bounds[part] == within[i])) {
            best = gain;
            target = part;
          }
        }
        if (best < -margin && members[own] > 1) {
          target = size++;
          partSums[target] = new float[dimension];
        }
        if (target != own) {
          leave(i, own);
          join(i, target, true);
          parts[i] = target;
          moved++;
        }
      }
      return moved;
    }

    private void join(int node, int part, boolean write) {
      if (partSums[part] == null) {
        partSums[part] = new float[dimension];
      }
      accumulate(partSums[part], nodes[node], 1);
      partWeights[part] += nodeWeights[node];
      members[part]++;
      bounds[part] = within == null ? 0 : within[node];
      if (write) {
        table.set(part, partSums[part]);
      }
    }

    private void leave(int node, int part) {
      accumulate(partSums[part], nodes[node], -1);
      partWeights[part] -= nodeWeights[node];
      members[part]--;
      table.set(part, partSums[part]);
    }
  }

  private static void accumulate(float[] sum, float[] vector, float sign) {
    for (int d = 0; d < sum.length; d++) {
      sum[d] += sign * vector[d];
    }
  }

  private float[][] aggregate(int[] parts, int count) {
    float[][] result = new float[count][dimension];
    for (int i = 0; i < parts.length; i++) {
      accumulate(result[parts[i]], sums[i], 1);
    }
    return result;
  }

  private double[] weigh(int[] parts, int count) {
    double[] result = new double[count];
    for (int i = 0; i < parts.length; i++) {
      result[parts[i]] += weights[i];
    }
    return result;
  }

  private static int[] firstOf(int[] parts) {
    int[] first = new int[Arrays.stream(parts).max().orElse(-1) + 1];
    Arrays.fill(first, -1);
    for (int i = 0; i < parts.length; i++) {
      if (first[parts[i]] < 0) {
        first[parts[i]] = i;
      }
    }
    return first;
  }

  /** Numbers parts from 0 in the order of their first nodes. */
  private static void compact(int[] parts) {
    int[] names = new int[Arrays.stream(parts).max().orElse(-1) + 1];
    Arrays.fill(names, -1);
    int next = 0;
    for (int i = 0; i < parts.length; i++) {
      if (names[parts[i]] < 0) {
        names[parts[i]] = next++;
      }
      parts[i] = names[parts[i]];
    }
  }
}
