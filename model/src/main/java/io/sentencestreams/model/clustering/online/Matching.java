package io.sentencestreams.model.clustering.online;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiPredicate;

/** Groups of a step beside the clusters of the last one, by the weight that they share. */
final class Matching {
  private final List<Group> groups;
  private final List<Overlap> overlaps = new ArrayList<>(); // the greatest first
  private final Map<Group, Long> names = new HashMap<>();
  private final Map<Long, Double> weights = new HashMap<>(); // what is left of each cluster

  private record Overlap(int group, long cluster, double weight) {}

  /**
   * Matches them.
   *
   * @param assignments the cluster that each micro-cluster had at the last step, where it had one
   * @param goesOn whether a group may have the id of a cluster that it shares weight with
   */
  Matching(List<Group> groups, Map<Long, Long> assignments, BiPredicate<Group, Long> goesOn) {
    this.groups = groups;
    for (int g = 0; g < groups.size(); g++) {
      Map<Long, Double> shared = new TreeMap<>();
      for (MicroSummary micro : groups.get(g).micros()) {
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
    Set<Long> taken = new HashSet<>();
    for (Overlap overlap : overlaps) {
      Group group = groups.get(overlap.group);
      if (!names.containsKey(group)
          && !taken.contains(overlap.cluster)
          && goesOn.test(group, overlap.cluster)) {
        taken.add(overlap.cluster);
        names.put(group, overlap.cluster);
      }
    }
  }

  /** The cluster that goes on as a group, or null. */
  Long name(Group group) {
    return names.get(group);
  }

  /** The group that more than half of what is left of a cluster is in, or null. */
  Group majority(long cluster) {
    for (Overlap overlap : overlaps) {
      if (overlap.cluster == cluster && 2 * overlap.weight > weights.get(cluster)) {
        return groups.get(overlap.group);
      }
    }
    return null;
  }

  /** The cluster that more than half of a group's weight comes from, or null. */
  Long origin(Group group) {
    for (Overlap overlap : overlaps) {
      if (groups.get(overlap.group) == group && 2 * overlap.weight > group.weight()) {
        return overlap.cluster;
      }
    }
    return null;
  }
}
