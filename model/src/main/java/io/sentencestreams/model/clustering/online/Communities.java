package io.sentencestreams.model.clustering.online;

import java.util.Arrays;

/**
 * Communities of a weighted graph by modularity (Newman and Girvan 2004), found as the Leiden
 * algorithm does (Traag, Waltman and Van Eck 2019): nodes move while that improves it, communities
 * are refined from single nodes on, and what was refined moves as one. It begins with a given
 * partition, so that what was found before is changed only for something better.
 */
final class Communities {
  private static final int MAX_LEVELS = 20;
  private static final int MAX_ROUNDS = 2;
  private static final int MOVES_PER_NODE = 60; // rounding must not keep nodes moving for ever
  private static final double MARGIN = 1e-9;

  private Communities() {}

  /**
   * Finds them.
   *
   * @param graph nodes of no degree, such as anchors, pull others but do not weigh
   * @param start a community from 0 for each node
   * @param resolution times as strong as by chance a tie has to be, 1 for plain modularity
   * @return the community of each node, numbered from 0 in the order of their first nodes
   */
  static int[] find(Graph graph, int[] start, double resolution) {
    int[] result = start.clone();
    compact(result);
    for (int round = 0; round < MAX_ROUNDS; round++) {
      int[] before = result.clone();
      improve(graph, result, resolution);
      if (Arrays.equals(before, result)) {
        break;
      }
    }
    return result;
  }

  private static void improve(Graph original, int[] result, double resolution) {
    Graph graph = original;
    int[] parts = result.clone();
    int[] node = new int[result.length]; // of the aggregated graph
    Arrays.setAll(node, i -> i);
    for (int level = 0; level < MAX_LEVELS; level++) {
      move(graph, parts, null, resolution);
      compact(parts);
      int[] refined = new int[graph.size()];
      Arrays.setAll(refined, i -> i);
      move(graph, refined, parts, resolution);
      int count = compact(refined);
      for (int i = 0; i < result.length; i++) {
        result[i] = parts[node[i]];
      }
      if (count == graph.size()) {
        break;
      }
      int[] outer = new int[count];
      for (int i = 0; i < refined.length; i++) {
        outer[refined[i]] = parts[i];
      }
      graph = graph.aggregate(refined, count);
      for (int i = 0; i < node.length; i++) {
        node[i] = refined[node[i]];
      }
      parts = outer;
    }
    compact(result);
  }

  /** Moves single nodes while that improves anything; {@code within} bounds them, if given. */
  private static void move(Graph graph, int[] parts, int[] within, double resolution) {
    int size = graph.size();
    double[] degrees = new double[2 * size];
    int[] members = new int[2 * size];
    for (int i = 0; i < size; i++) {
      degrees[parts[i]] += graph.degree(i);
      members[parts[i]]++;
    }
    int[] empty = new int[2 * size];
    int empties = 0;
    for (int part = 2 * size - 1; part >= 0; part--) {
      if (members[part] == 0) {
        empty[empties++] = part;
      }
    }
    double[] ties = new double[2 * size];
    int[] touched = new int[size + 1];
    int[] queue = new int[size];
    boolean[] queued = new boolean[size];
    Arrays.setAll(queue, i -> i);
    Arrays.fill(queued, true);
    int head = 0;
    int waiting = size;
    for (long left = (long) MOVES_PER_NODE * size; waiting > 0 && left > 0; left--) {
      int i = queue[head];
      head = (head + 1) % size;
      waiting--;
      queued[i] = false;
      int touches = 0;
      for (int e = graph.begin(i); e < graph.begin(i + 1); e++) {
        int other = graph.target(e);
        if (within != null && within[other] != within[i]) {
          continue;
        }
        int part = parts[other];
        if (ties[part] == 0) {
          touched[touches++] = part;
        }
        ties[part] += graph.weight(e);
      }
      int own = parts[i];
      double expected = resolution * graph.degree(i) / graph.total();
      double best = ties[own] - expected * (degrees[own] - graph.degree(i));
      int target = own;
      for (int t = 0; t < touches; t++) {
        int part = touched[t];
        double gain = ties[part] - expected * degrees[part];
        if (part != own && gain > best + MARGIN) {
          best = gain;
          target = part;
        }
      }
      for (int t = 0; t < touches; t++) {
        ties[touched[t]] = 0;
      }
      if (best < -MARGIN && members[own] > 1) {
        target = empty[--empties];
      }
      if (target == own) {
        continue;
      }
      degrees[own] -= graph.degree(i);
      if (--members[own] == 0) {
        empty[empties++] = own;
      }
      degrees[target] += graph.degree(i);
      members[target]++;
      parts[i] = target;
      for (int e = graph.begin(i); e < graph.begin(i + 1); e++) {
        int other = graph.target(e);
        if (parts[other] != target
            && !queued[other]
            && (within == null || within[other] == within[i])) {
          queued[other] = true;
          queue[(head + waiting++) % size] = other;
        }
      }
    }
  }

  /** Numbers parts from 0 in the order of their first nodes; returns how many there are. */
  private static int compact(int[] parts) {
    int[] names = new int[Arrays.stream(parts).max().orElse(-1) + 1];
    Arrays.fill(names, -1);
    int next = 0;
    for (int i = 0; i < parts.length; i++) {
      if (names[parts[i]] < 0) {
        names[parts[i]] = next++;
      }
      parts[i] = names[parts[i]];
    }
    return next;
  }
}
