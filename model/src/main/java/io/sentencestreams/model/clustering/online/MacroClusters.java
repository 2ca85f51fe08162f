package io.sentencestreams.model.clustering.online;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.LongPredicate;
import java.util.stream.Collectors;

/**
 * The clusters of one model version: groups of the micro-clusters of all partitions, which keep
 * their identity from step to step.
 *
 * <p>A step ties each micro-cluster to its nearest neighbours (see {@link NeighbourGraph}), as
 * strongly as clusters known so far make it likely that they are of one (see {@link
 * NeighbourOdds}), and looks for communities, beginning with the last one's groups (see {@link
 * Communities}), at a resolution that it learns from them (see {@link Graph#resolution}); no number
 * of clusters is given. A group keeps the id of the cluster that most of its weight comes from. Not
 * thread-safe.
 */
public final class MacroClusters {
  private static final byte VERSION = 3;
  // Strength with which the last step's group holds a micro-cluster, in ties of mean weight.
  private static final double ANCHOR = 0.3;
  // Neighbours' ties come in triangles: they are not independent, and count less than half as
  // evidence. Found on three streams: V-measure at 0.37, 0.42 and 0.5 is .811, .823 and .828
  // (news), .592, .584 and .527
  // (search snippets), so more cuts large subjects to pieces, and less lets small ones be
  // swallowed.
  private static final double EVIDENCE = 0.42;
  private static final double RATE = 0.2; // of a step's resolution in what is known

  private static final int MAX_PARENTS = 32; // the latest; a cluster may take others in for years
  // Ids of clusters that cannot have a micro-cluster's; above those of all partitions.
  private static final long FIRST_ID = 1L << 62;

  private final MacroOptions options;
  private long nextId = FIRST_ID;
  private NeighbourOdds odds = NeighbourOdds.UNKNOWN;
  private double resolution = 1;
  private NeighbourGraph graph; // null before the first step

  /** Cluster of each micro-cluster at the last step. */
  private final Map<Long, Long> assignments = new HashMap<>();

  /** Parents of each living cluster. */
  private final TreeMap<Long, List<Long>> parents = new TreeMap<>();

  /** Ids of living micro-clusters that have been given to clusters. */
  private final TreeSet<Long> given = new TreeSet<>();

  /** Without any cluster yet. */
  public MacroClusters(MacroOptions options) {
    this.options = options;
  }

  /**
   * Brings the clusters up to date. What it is given is left as it is.
   *
   * @param time to which weights are faded
   * @param all summaries of all partitions; of one micro-cluster there must be one only
   * @throws IllegalArgumentException if the summaries differ in dimension or an id comes twice
   */
  public MacroStep step(long time, Collection<MicroSummary> all) {
    List<MicroSummary> summaries = prepare(time, all);
    given.retainAll(summaries.stream().map(MicroSummary::id).collect(Collectors.toSet()));
    List<Group> groups = groups(summaries, partition(summaries));
    return identify(time, groups);
  }

  private List<MicroSummary> prepare(long time, Collection<MicroSummary> all) {
    Map<Long, MicroSummary> byId = new TreeMap<>();
    int dimension = -1;
    for (MicroSummary summary : all) {
      if (dimension >= 0 && summary.centroid().length != dimension) {
        throw new IllegalArgumentException(
            "micro-cluster %d has %d dimensions, another has %d"
                .formatted(summary.id(), summary.centroid().length, dimension));
      }
      dimension = summary.centroid().length;
      if (byId.put(summary.id(), summary.at(time, options.halfLife())) != null) {
        throw new IllegalArgumentException("micro-cluster " + summary.id() + " comes twice");
      }
    }
    return List.copyOf(byId.values());
  }

  private int[] partition(List<MicroSummary> summaries) {
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

  /** Ties of neighbours, and of each micro-cluster to an anchor for the group that it was in. */
  private Graph tie(List<NeighbourGraph.Node> nodes, int[] groups, int anchors) {
    Graph.Builder builder = new Graph.Builder(nodes.size() + anchors);
    int most = NeighbourGraph.neighbours(nodes.size());
    for (int i = 0; i < nodes.size(); i++) {
      NeighbourGraph.Node node = nodes.get(i);
      double least = node.count() == 0 ? 0 : odds.least(node.similarity(0));
      for (int rank = 0; rank < Math.min(most, node.count()); rank++) {
        double similarity = node.similarity(rank);
        double weight = similarity > least ? odds.weight(similarity) : 0;
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

  private static List<Group> groups(List<MicroSummary> nodes, int[] parts) {
    TreeMap<Integer, Group> groups = new TreeMap<>();
    for (int i = 0; i < parts.length; i++) {
      groups.computeIfAbsent(parts[i], part -> new Group()).add(nodes.get(i));
    }
    return new ArrayList<>(groups.values());
  }

  /** Matches groups with the clusters there were, by the weight that they share. */
  private MacroStep identify(long time, List<Group> groups) {
    List<Overlap> overlaps = new ArrayList<>();
    Map<Long, Double> weights = new HashMap<>();
    for (int g = 0; g < groups.size(); g++) {
      Map<Long, Double> shared = new TreeMap<>();
      for (MicroSummary micro : groups.get(g).micros) {
        Long cluster = assignments.get(micro.id());
        if (cluster != null) {
          shared.merge(cluster, micro.weight(), Double::sum);
          weights.merge(cluster, micro.weight(), Double::sum);
        }
      }
      for (Map.Entry<Long, Double> entry : shared.entrySet()) {
        overlaps.add(new Overlap(g, entry.getKey(), entry.getValue()));
      }
    }
    overlaps.sort(
        Comparator.comparingDouble((Overlap overlap) -> -overlap.weight)
            .thenComparingLong(Overlap::cluster));
    Map<Integer, Long> names = new HashMap<>();
    Map<Long, Integer> heirs = new HashMap<>();
    for (Overlap overlap : overlaps) {
      if (!names.containsKey(overlap.group) && !heirs.containsKey(overlap.cluster)) {
        names.put(overlap.group, overlap.cluster);
        heirs.put(overlap.cluster, overlap.group);
      }
    }
    return publish(time, groups, new Matching(overlaps, names, heirs, weights));
  }

  /** An id that no cluster has had: its oldest micro-cluster's, where records may have had it. */
  private long give(Group group) {
    OptionalLong oldest = group.oldest(this::isTaken);
    if (oldest.isEmpty()) {
      return nextId++;
    }
    given.add(oldest.getAsLong());
    return oldest.getAsLong();
  }

  /** Also by a cluster whose micro-cluster of that name was away for a step. */
  private boolean isTaken(long id) {
    return given.contains(id) || parents.containsKey(id);
  }

  private record Overlap(int group, long cluster, double weight) {}

  private record Matching(
      List<Overlap> overlaps,
      Map<Integer, Long> names,
      Map<Long, Integer> heirs,
      Map<Long, Double> weights) {
    /** The overlap that is more than half of what is left of a cluster, or null. */
    Overlap majority(long cluster) {
      for (Overlap overlap : overlaps) {
        if (overlap.cluster == cluster && 2 * overlap.weight > weights.get(cluster)) {
          return overlap;
        }
      }
      return null;
    }

    /** The cluster that most of a group's weight comes from, or null. */
    Long origin(int group, double weight) {
      for (Overlap overlap : overlaps) {
        if (overlap.group == group && 2 * overlap.weight > weight) {
          return overlap.cluster;
        }
      }
      return null;
    }
  }

  private MacroStep publish(long time, List<Group> groups, Matching matching) {
    TreeMap<Long, Group> named = new TreeMap<>();
    List<ClusterEvent> events = new ArrayList<>();
    TreeMap<Long, List<Long>> nextParents = new TreeMap<>();
    Map<Long, Long> provisional = new HashMap<>();
    for (int g = 0; g < groups.size(); g++) {
      Group group = groups.get(g);
      Long id = matching.names().get(g);
      double needed = id == null ? options.evidence() : options.evidence() / 2;
      if (group.weight < needed || !group.hasEvidence()) {
        long would = group.oldest(this::isTaken).orElse(Placed.NOISE);
        group.micros.forEach(micro -> provisional.put(micro.id(), would));
        continue;
      }
      if (id == null) {
        id = give(group);
        Long origin = matching.origin(g, group.weight);
        if (origin != null && parents.containsKey(origin)) {
          events.add(new ClusterEvent.SplitFrom(id, origin));
          nextParents.put(id, List.of(origin));
        } else {
          events.add(new ClusterEvent.Appeared(id));
          nextParents.put(id, List.of());
        }
      } else {
        nextParents.put(id, parents.getOrDefault(id, List.of()));
      }
      named.put(id, group);
      group.id = id;
    }
    for (long old : parents.keySet()) {
      if (named.containsKey(old)) {
        continue;
      }
      Overlap majority = matching.majority(old);
      Long into = majority == null ? null : groups.get(majority.group).id;
      if (into == null) {
        events.add(new ClusterEvent.Faded(old));
      } else {
        events.add(new ClusterEvent.MergedInto(old, into));
        List<Long> all = new ArrayList<>(nextParents.get(into));
        all.add(old);
        nextParents.put(
            into, List.copyOf(all.subList(Math.max(0, all.size() - MAX_PARENTS), all.size())));
      }
    }
    events.sort(Comparator.comparingLong(ClusterEvent::cluster));
    parents.clear();
    parents.putAll(nextParents);
    assignments.clear();
    named.forEach((id, group) -> group.micros.forEach(micro -> assignments.put(micro.id(), id)));
    TellingTerms telling = new TellingTerms(named.values().stream().map(Group::terms).toList());
    List<Cluster> clusters = new ArrayList<>();
    named.forEach(
        (id, group) -> clusters.add(group.cluster(id, parents.get(id), telling, options)));
    return new MacroStep(
        time, clusters, events, Map.copyOf(assignments), Map.copyOf(provisional), odds);
  }

  /** What identity needs, to go on after a restart. */
  public byte[] toBytes() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeByte(VERSION);
      out.writeLong(nextId);
      out.writeDouble(odds.slope());
      out.writeDouble(odds.even());
      out.writeDouble(odds.unrelated());
      out.writeDouble(resolution);
      out.writeInt(given.size());
      for (long id : given) {
        out.writeLong(id);
      }
      out.writeInt(parents.size());
      for (Map.Entry<Long, List<Long>> entry : parents.entrySet()) {
        out.writeLong(entry.getKey());
        out.writeInt(entry.getValue().size());
        for (long parent : entry.getValue()) {
          out.writeLong(parent);
        }
      }
      Map<Long, Long> sorted = new TreeMap<>(assignments);
      out.writeInt(sorted.size());
      for (Map.Entry<Long, Long> entry : sorted.entrySet()) {
        out.writeLong(entry.getKey());
        out.writeLong(entry.getValue());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e); // memory does not fail
    }
    return bytes.toByteArray();
  }

  /**
   * Reads what {@link #toBytes} wrote.
   *
   * @throws IllegalArgumentException if the bytes are of another version or damaged
   */
  public static MacroClusters fromBytes(byte[] bytes, MacroOptions options) {
    MacroClusters clusters = new MacroClusters(options);
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
      Binary.expectVersion(in.readByte(), VERSION, "clusters' state");
      clusters.nextId = in.readLong();
      clusters.odds = new NeighbourOdds(in.readDouble(), in.readDouble(), in.readDouble());
      clusters.resolution = in.readDouble();
      for (int left = Binary.readSize(in); left > 0; left--) {
        clusters.given.add(in.readLong());
      }
      for (int left = Binary.readSize(in); left > 0; left--) {
        long id = in.readLong();
        List<Long> ids = new ArrayList<>();
        for (int more = Binary.readSize(in); more > 0; more--) {
          ids.add(in.readLong());
        }
        clusters.parents.put(id, List.copyOf(ids));
      }
      for (int left = Binary.readSize(in); left > 0; left--) {
        clusters.assignments.put(in.readLong(), in.readLong());
      }
      Binary.expectEnd(in, "clusters' state");
    } catch (IOException e) {
      throw new IllegalArgumentException("the clusters' state is cut short", e);
    }
    return clusters;
  }

  /** Micro-clusters that belong together. */
  private static final class Group {
    private final List<MicroSummary> micros = new ArrayList<>();
    private double weight;
    private Long id;

    void add(MicroSummary micro) {
      micros.add(micro);
      weight += micro.weight();
    }

    /** Whether there are any two records in it, which are neighbours then. */
    boolean hasEvidence() {
      return micros.size() > 1 || micros.get(0).count() > 1;
    }

    /**
     * Its oldest micro-cluster whose id is not taken, by its records: ids begin with a partition.
     */
    OptionalLong oldest(LongPredicate taken) {
      return micros.stream()
          .filter(micro -> !taken.test(micro.id()))
          .min(
              Comparator.comparingLong(MicroSummary::firstSeen).thenComparingLong(MicroSummary::id))
          .map(micro -> OptionalLong.of(micro.id()))
          .orElse(OptionalLong.empty());
    }

    float[] mean() {
      float[] mean = new float[micros.get(0).centroid().length];
      double sum = 0;
      for (MicroSummary micro : micros) {
        sum += micro.weight();
        float share = sum > 0 ? (float) (micro.weight() / sum) : 0;
        for (int d = 0; d < mean.length; d++) {
          mean[d] += share * (micro.centroid()[d] - mean[d]);
        }
      }
      return mean;
    }

    Map<String, Double> terms() {
      Map<String, Double> terms = new TreeMap<>();
      micros.forEach(
          micro -> micro.terms().forEach((term, value) -> terms.merge(term, value, Double::sum)));
      return terms;
    }

    Cluster cluster(long name, List<Long> parents, TellingTerms telling, MacroOptions options) {
      float[] mean = mean();
      List<Representative> typical =
          micros.stream()
              .sorted(
                  Comparator.comparingDouble(
                      (MicroSummary micro) -> -micro.weight() * dot(mean, micro.centroid())))
              .filter(micro -> !micro.representatives().isEmpty())
              .limit(options.representatives())
              .map(micro -> micro.representatives().get(0))
              .toList();
      return new Cluster(
          name,
          micros.stream().mapToLong(MicroSummary::count).sum(),
          weight,
          mean,
          typical,
          telling.of(terms(), options.terms()),
          micros.stream().mapToLong(MicroSummary::firstSeen).min().orElseThrow(),
          micros.stream().mapToLong(MicroSummary::lastSeen).max().orElseThrow(),
          parents);
    }

    private static double dot(float[] a, float[] b) {
      double sum = 0;
      for (int d = 0; d < a.length; d++) {
        sum += a[d] * b[d];
      }
      return sum;
    }
  }
}
