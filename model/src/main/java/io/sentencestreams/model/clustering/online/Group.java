package io.sentencestreams.model.clustering.online;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.function.LongPredicate;

/** Micro-clusters that belong together. */
final class Group {
  private final List<MicroSummary> micros = new ArrayList<>();
  private double weight;
  private Long id; // null while it is no cluster

  /** Groups of micro-clusters by the number of the part that each is in. */
  static List<Group> of(List<MicroSummary> micros, int[] parts) {
    TreeMap<Integer, Group> groups = new TreeMap<>();
    for (int i = 0; i < parts.length; i++) {
      groups.computeIfAbsent(parts[i], part -> new Group()).add(micros.get(i));
    }
    return new ArrayList<>(groups.values());
  }

  List<MicroSummary> micros() {
    return micros;
  }

  /** Sum of the weights. */
  double weight() {
    return weight;
  }

  /** Of the cluster that it is, null if it is none. */
  Long id() {
    return id;
  }

  void name(long cluster) {
    id = cluster;
  }

  private void add(MicroSummary micro) {
    micros.add(micro);
    weight += micro.weight();
  }

  /** Whether there are any two records in it, which are neighbours then. */
  boolean hasEvidence() {
    return micros.size() > 1 || micros.get(0).count() > 1;
  }

  /**
   * The id that most of its weight was placed in when it came, of those of its own micro-clusters
   * that are not taken; of equals that of the oldest, by its records: ids begin with a partition.
   */
  OptionalLong name(LongPredicate taken) {
    Map<Long, Double> said = new HashMap<>();
    micros.forEach(micro -> said.merge(micro.placed(), micro.weight(), Double::sum));
    return micros.stream()
        .filter(micro -> !taken.test(micro.id()))
        .min(
            Comparator.comparingDouble((MicroSummary micro) -> -said.getOrDefault(micro.id(), 0.0))
                .thenComparingLong(MicroSummary::firstSeen)
                .thenComparingLong(MicroSummary::id))
        .map(micro -> OptionalLong.of(micro.id()))
        .orElse(OptionalLong.empty());
  }

  private float[] mean() {
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

  /** Faded number of records that hold a word. */
  Map<String, Double> terms() {
    Map<String, Double> terms = new TreeMap<>();
    micros.forEach(
        micro -> micro.terms().forEach((term, value) -> terms.merge(term, value, Double::sum)));
    return terms;
  }

  /** The cluster that it is. */
  Cluster cluster(List<Long> parents, TellingTerms telling, MacroOptions options) {
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
        id,
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
