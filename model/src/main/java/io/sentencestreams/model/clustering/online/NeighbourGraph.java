package io.sentencestreams.model.clustering.online;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The nearest neighbours of each micro-cluster among all of them, kept while they come, change and
 * go. The first {@value #NEIGHBOURS} of each are exact, so they depend on what there is now alone,
 * and not on the way it came about: a restart changes nothing. A new one costs one pass over all.
 */
final class NeighbourGraph {
  /** Exact neighbours. */
  static final int NEIGHBOURS = 12;

  private static final int CAPACITY = 2 * NEIGHBOURS; // until some have gone, no second look

  private final int dimension;
  private final VectorTable directions;
  private final TreeMap<Long, Node> nodes = new TreeMap<>();
  private final List<Node> rows = new ArrayList<>(); // null where a row is free
  private final List<Integer> free = new ArrayList<>();
  private float[] similarities = new float[0];

  /**
   * Of so many micro-clusters, how many neighbours of each are enough to hold a cluster together.
   */
  static int neighbours(int nodes) {
    int log = 32 - Integer.numberOfLeadingZeros(Math.max(1, nodes - 1)); // rounded up
    return Math.min(NEIGHBOURS, Math.max(3, log));
  }

  NeighbourGraph(int dimension) {
    this.dimension = dimension;
    this.directions = new VectorTable(dimension);
  }

  /** A micro-cluster and its neighbours, nearest first; of equals the older one. */
  static final class Node {
    private final long id;
    private final int row;
    private final float[] centroid;
    private final float[] direction;
    private final Node[] neighbours = new Node[CAPACITY];
    private final float[] similarities = new float[CAPACITY];
    private int count;
    private boolean isCut; // whether there are more than were kept
    private int index; // in the order of ids

    Node(long id, int row, float[] centroid) {
      this.id = id;
      this.row = row;
      this.centroid = centroid;
      this.direction = new float[centroid.length];
      Vectors.direction(centroid, direction);
    }

    int count() {
      return Math.min(count, NEIGHBOURS);
    }

    int neighbour(int rank) {
      return neighbours[rank].index;
    }

    float similarity(int rank) {
      return similarities[rank];
    }

    int dimension() {
      return direction.length;
    }

    /** Adds its direction to a sum. */
    void addTo(double[] sum) {
      for (int d = 0; d < sum.length; d++) {
        sum[d] += direction[d];
      }
    }

    private void offer(Node other, float similarity) {
      if (count > 0 && (isCut || count == CAPACITY) && !isNearer(other, similarity, count - 1)) {
        isCut = true;
        return;
      }
      if (count == CAPACITY) {
        count--;
        isCut = true;
      }
      int at = count++;
      for (; at > 0 && isNearer(other, similarity, at - 1); at--) {
        neighbours[at] = neighbours[at - 1];
        similarities[at] = similarities[at - 1];
      }
      neighbours[at] = other;
      similarities[at] = similarity;
    }

    private boolean isNearer(Node other, float similarity, int than) {
      return similarity > similarities[than]
          || (similarity == similarities[than] && other.id < neighbours[than].id);
    }

    private void drop(boolean[] gone) {
      int kept = 0;
      for (int i = 0; i < count; i++) {
        if (!gone[neighbours[i].row]) {
          neighbours[kept] = neighbours[i];
          similarities[kept++] = similarities[i];
        }
      }
      Arrays.fill(neighbours, kept, count, null);
      count = kept;
    }
  }

  /**
   * Brings the graph up to date.
   *
   * @param summaries in the order of their ids, all of the graph's dimension
   * @return a node for each, in the same order
   */
  List<Node> update(List<MicroSummary> summaries) {
    Map<Long, MicroSummary> wanted = new TreeMap<>();
    summaries.forEach(summary -> wanted.put(summary.id(), summary));
    List<Node> gone = new ArrayList<>();
    for (Node node : nodes.values()) {
      MicroSummary summary = wanted.get(node.id);
      if (summary == null || !Arrays.equals(summary.centroid(), node.centroid)) {
        gone.add(node);
      }
    }
    remove(gone);
    for (MicroSummary summary : summaries) {
      if (!nodes.containsKey(summary.id())) {
        add(summary);
      }
    }
    int index = 0;
    for (Node node : nodes.values()) {
      node.index = index++;
      if (node.count < NEIGHBOURS && node.isCut) {
        node.count = 0;
        node.isCut = false;
        offerAll(node, false);
      }
    }
    return List.copyOf(nodes.values());
  }

  private void remove(Collection<Node> gone) {
    if (gone.isEmpty()) {
      return;
    }
    boolean[] isGone = new boolean[rows.size()];
    for (Node node : gone) {
      isGone[node.row] = true;
      nodes.remove(node.id);
    }
    nodes.values().forEach(node -> node.drop(isGone));
    for (Node node : gone) {
      rows.set(node.row, null);
      free.add(node.row);
    }
  }

  private void add(MicroSummary summary) {
    int row = free.isEmpty() ? rows.size() : free.remove(free.size() - 1);
    Node node = new Node(summary.id(), row, summary.centroid());
    if (row == rows.size()) {
      rows.add(node);
    } else {
      rows.set(row, node);
    }
    directions.set(row, node.direction);
    nodes.put(node.id, node);
    offerAll(node, true);
  }

  private void offerAll(Node node, boolean both) {
    similarities = directions.dots(node.direction, rows.size(), similarities);
    for (int row = 0; row < rows.size(); row++) {
      Node other = rows.get(row);
      if (other != null && other != node) {
        node.offer(other, similarities[row]);
        if (both) {
          other.offer(node, similarities[row]);
        }
      }
    }
  }

  /** Dimension of the vectors. */
  int dimension() {
    return dimension;
  }
}
