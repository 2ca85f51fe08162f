package io.sentencestreams.model.clustering.online;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Tells which micro-clusters belong together. Each is tied to its nearest neighbours (see {@link
 * NeighbourGraph}), as strongly as clusters known so far make it likely that they are of one (see
 * {@link NeighbourOdds}), and one that is in no cluster yet by close ones only; groups are the
 * communities of that graph, searched for from the last step's on (see {@link Communities}), at a
 * resolution that is learned from them (see {@link Graph#resolution}). Not thread-safe.
 */
final class Partitioner {
  // Strength with which the last step's group holds a micro-cluster, in ties of mean weight.
  private static final double ANCHOR = 0.3;
  // Neighbours' ties come in triangles: they are not independent, and count less than half as
  // evidence. Found on three streams: V-measure at 0.37, 0.42 and 0.5 is .811, .823 and .828
  // (news), .592, .584 and .527 (search snippets): more cuts large subjects to pieces, and less
  // lets small ones be swallowed.
  private static final double EVIDENCE = 0.42;
  private static final double RATE = 0.2; // of a step's resolution in what is known

  private NeighbourOdds odds = NeighbourOdds.UNKNOWN;
  private double resolution = 1;
  private NeighbourGraph graph; // null before the first step

  /** What has been learned of the odds. */
  NeighbourOdds odds() {
    return odds;
  }

  /**
   * Groups micro-clusters.
   *
   * @param summaries in the order of their ids
   * @param assignments the cluster that each had at the last step, where it had one
   * @return the group of each
   */
  int[] partition(List<MicroSummary> summaries, Map<Long, Long> assignments) {
    if (summaries.isEmpty()) {
      return new int[0];
    }
    int dimension = summaries.get(0).centroid().length;
    if (graph == null || graph.dimension() != dimension) {
      graph = new NeighbourGraph(dimension);
    }
    List<NeighbourGraph.Node> nodes = graph.update(summaries);
    int[] start = new int[nodes.size()];
    Map<Long, Integer> anchors = new HashMap<>();
    Arrays.fill(start, -1);
    for (int i = 0; i < start.length; i++) {
      Long cluster = assignments.get(summaries.get(i).id());
      if (cluster != null) {
        start[i] = anchors.computeIfAbsent(cluster, key -> anchors.size());
      }
    }
    Graph ties = tie(nodes, start, anchors.size());
    int[] parts = Communities.find(ties, open(start, anchors.size()), resolution);
    double unrelated = meanSimilarity(nodes);
    Alike.join(nodes, unrelated, parts);
    learn(nodes, ties, parts, unrelated);
    return Arrays.copyOf(parts, start.length);
  }

  /**
   * Ties of neighbours, close ones if either is new, and of each micro-cluster to an anchor for the
   * group that it was in.
   */
  private Graph tie(List<NeighbourGraph.Node> nodes, int[] groups, int anchors) {
    Graph.Builder builder = new Graph.Builder(nodes.size() + anchors);
    int most = NeighbourGraph.neighbours(nodes.size());
    for (int i = 0; i < nodes.size(); i++) {
      NeighbourGraph.Node node = nodes.get(i);
      double least = node.count() == 0 ? 0 : odds.least(node.similarity(0));
      for (int rank = 0; rank < Math.min(most, node.count()); rank++) {
        double similarity = node.similarity(rank);
        boolean isNew = groups[i] < 0 || groups[node.neighbour(rank)] < 0;
        double needed = isNew ? Math.max(least, odds.newcomer()) : least;
        double weight = similarity > needed ? odds.weight(similarity) : 0;
        if (weight > 0) {
          builder.tie(i, node.neighbour(rank), weight);
        }
      }
    }
    double strength = ANCHOR * builder.mean();
    for (int i = 0; i < groups.length; i++) {
      if (groups[i] >= 0 && strength > 0) {
        builder.anchor(i, nodes.size() + groups[i], strength);
      }
    }
    return builder.build();
  }

  /** Gives each one without a group one of its own; an anchor begins in its group. */
  private static int[] open(int[] groups, int anchors) {
    int[] start = Arrays.copyOf(groups, groups.length + anchors);
    for (int a = 0; a < anchors; a++) {
      start[groups.length + a] = a;
    }
    int next = anchors;
    for (int i = 0; i < groups.length; i++) {
      if (start[i] < 0) {
        start[i] = next++;
      }
    }
    return start;
  }

  private void learn(List<NeighbourGraph.Node> nodes, Graph ties, int[] parts, double unrelated) {
    NeighbourOdds.Sample sample = new NeighbourOdds.Sample();
    int most = NeighbourGraph.neighbours(nodes.size());
    double[] nearest = new double[nodes.size()];
    for (int i = 0; i < nodes.size(); i++) {
      NeighbourGraph.Node node = nodes.get(i);
      for (int rank = 0; rank < Math.min(most, node.count()); rank++) {
        if (node.similarity(rank) > 0) {
          sample.add(node.similarity(rank), parts[i] == parts[node.neighbour(rank)]);
        }
      }
      nearest[i] = node.count() == 0 ? 0 : node.similarity(0);
    }
    Arrays.sort(nearest);
    // Half of all have a neighbour that counts, whatever the clusters were like.
    odds = odds.learn(sample, nearest[nearest.length / 2], unrelated);
    double likeliest = ties.resolution(parts);
    if (!Double.isNaN(likeliest)) {
      resolution += RATE * (EVIDENCE * likeliest - resolution);
    }
  }

  private double meanSimilarity(List<NeighbourGraph.Node> nodes) {
    double[] sum = new double[graph.dimension()];
    nodes.forEach(node -> node.addTo(sum));
    double squares = 0;
    for (double value : sum) {
      squares += value / nodes.size() * (value / nodes.size());
    }
    return squares;
  }

  /** Writes what has been learned. */
  void write(DataOutputStream out) throws IOException {
    out.writeDouble(odds.slope());
    out.writeDouble(odds.even());
    out.writeDouble(odds.unrelated());
    out.writeDouble(odds.usual());
    out.writeDouble(resolution);
  }

  /** Reads what {@link #write} wrote. */
  void read(DataInputStream in) throws IOException {
    odds = new NeighbourOdds(in.readDouble(), in.readDouble(), in.readDouble(), in.readDouble());
    resolution = in.readDouble();
  }
}
