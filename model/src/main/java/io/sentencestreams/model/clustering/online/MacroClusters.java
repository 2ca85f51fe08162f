package io.sentencestreams.model.clustering.online;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * The clusters of one model version: groups of the micro-clusters of all partitions, which keep
 * their identity from step to step.
 *
 * <p>No number of clusters is given: {@link Partitioner} tells what belongs together. A group keeps
 * the id of the cluster that most of its weight comes from, for as long as it is about the same
 * (see {@link Subject}). Not thread-safe.
 */
public final class MacroClusters {
  private static final byte VERSION = 5;
  private static final int MAX_PARENTS = 32; // the latest; a cluster may take others in for years
  // Ids of clusters that cannot have a micro-cluster's; above those of all partitions.
  private static final long FIRST_ID = 1L << 62;

  private final MacroOptions options;
  private long nextId = FIRST_ID;
  private final Partitioner partitioner = new Partitioner();

  /** Cluster of each micro-cluster at the last step. */
  private final Map<Long, Long> assignments = new HashMap<>();

  /** Parents of each living cluster. */
  private final TreeMap<Long, List<Long>> parents = new TreeMap<>();

  /** What each living cluster is about. */
  private final TreeMap<Long, Subject> subjects = new TreeMap<>();

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
    List<Group> groups = Group.of(summaries, partitioner.partition(summaries, assignments));
    return publish(time, groups, new Matching(groups, assignments, this::goesOn));
  }

  /** Whether a group is about the same as a cluster. */
  private boolean goesOn(Group group, long cluster) {
    Subject subject = subjects.get(cluster);
    return subject == null || !subject.isLeftBy(group.micros(), partitioner.odds().unrelated());
  }

  private void follow(Map<Long, Group> named, long time) {
    subjects.keySet().retainAll(named.keySet());
    named.forEach(
        (id, group) ->
            subjects.merge(
                id,
                Subject.of(group.micros(), time),
                (before, now) -> before.or(now, options.halfLife())));
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

  /** An id that no cluster has had: that which its records have been told, where there is one. */
  private long give(Group group) {
    OptionalLong name = group.name(this::isTaken);
    if (name.isEmpty()) {
      return nextId++;
    }
    given.add(name.getAsLong());
    return name.getAsLong();
  }

  /** Also by a cluster whose micro-cluster of that name was away for a step. */
  private boolean isTaken(long id) {
    return given.contains(id) || parents.containsKey(id);
  }

  private MacroStep publish(long time, List<Group> groups, Matching matching) {
    TreeMap<Long, Group> named = new TreeMap<>();
    List<ClusterEvent> events = new ArrayList<>();
    TreeMap<Long, List<Long>> nextParents = new TreeMap<>();
    Map<Long, Long> provisional = new HashMap<>();
    Set<Long> begun = new HashSet<>();
    for (Group group : groups) {
      Long id = matching.name(group);
      double needed = id == null ? options.evidence() : options.evidence() / 2;
      if (group.weight() < needed || !group.hasEvidence()) {
        long would = group.name(this::isTaken).orElse(Placed.NOISE);
        group.micros().forEach(micro -> provisional.put(micro.id(), would));
        continue;
      }
      if (id == null) {
        id = give(group);
        begun.add(id);
        Long origin = matching.origin(group);
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
      group.name(id);
    }
    for (long old : parents.keySet()) {
      if (named.containsKey(old)) {
        continue;
      }
      Group majority = matching.majority(old);
      Long into = majority == null ? null : majority.id();
      // What most of a cluster is in and has not its id is another's, or about something else.
      if (into == null || begun.contains(into)) {
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
    follow(named, time);
    assignments.clear();
    named.forEach((id, group) -> group.micros().forEach(micro -> assignments.put(micro.id(), id)));
    TellingTerms telling = new TellingTerms(named.values().stream().map(Group::terms).toList());
    List<Cluster> clusters = new ArrayList<>();
    named.forEach((id, group) -> clusters.add(group.cluster(parents.get(id), telling, options)));
    return new MacroStep(
        time,
        clusters,
        events,
        Map.copyOf(assignments),
        Map.copyOf(provisional),
        partitioner.odds());
  }

  /** What identity needs, to go on after a restart. */
  public byte[] toBytes() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeByte(VERSION);
      out.writeLong(nextId);
      partitioner.write(out);
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
      out.writeInt(subjects.size());
      for (Map.Entry<Long, Subject> entry : subjects.entrySet()) {
        out.writeLong(entry.getKey());
        entry.getValue().write(out);
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
      clusters.partitioner.read(in);
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
        clusters.subjects.put(in.readLong(), Subject.read(in));
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
}
