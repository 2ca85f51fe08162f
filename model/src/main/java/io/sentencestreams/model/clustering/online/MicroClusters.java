package io.sentencestreams.model.clustering.online;

import io.sentencestreams.model.window.EventClock;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The decaying micro-clusters of one partition and model version.
 *
 * <p>Each record begins one of its own, so that those of late are all there as they are, unless it
 * repeats one, or more have begun than the macro step can follow: then it counts for its nearest.
 * At the cap the oldest goes: its records count for its nearest from then on if that is related,
 * and are forgotten as noise if not. So a record costs one or two passes over at most {@link
 * MicroClusterOptions#maxMicroClusters} centroids, however long the stream.
 *
 * <p>What it does next depends on the stored entries alone: restored from them, it goes on as the
 * lost one would have. Not thread-safe.
 */
public final class MicroClusters {
  /** The entry that holds what is not any one micro-cluster's: clock, statistics, the next id. */
  public static final long STATE_ID = 0;

  /** Most neighbours that are told of a record. */
  public static final int NEIGHBOURS = NeighbourGraph.NEIGHBOURS;

  private static final int PARTITION_SHIFT = 40;
  private static final byte VERSION = 2;
  // Vectors in half precision repeat only up to rounding.
  private static final double SAME = 0.999;
  // Share of the cap that may begin between two macro steps: the others tell what is what.
  private static final int FRESH_SHARE = 4;

  private final MicroClusterOptions options;
  private final int dimension;
  private final List<MicroCluster> clusters = new ArrayList<>();
  private final TreeMap<Long, Integer> rows = new TreeMap<>();
  private final VectorTable centroids;
  private final EventClock clock;
  private final SimilarityStatistics statistics = new SimilarityStatistics();
  private final TreeSet<Long> changed = new TreeSet<>();
  private float[] similarities = new float[0];
  private final float[] unit;
  private final long firstId;
  private long nextId;
  private final long lastId;

  /**
   * Without any record yet.
   *
   * @param dimension of the vectors
   * @param partition from which the records come, 0 or more: part of the ids, so that no two
   *     partitions give the same one
   */
  public MicroClusters(MicroClusterOptions options, int dimension, int partition) {
    if (dimension < 1 || partition < 0 || partition >= 1 << 22) {
      throw new IllegalArgumentException(
          "dimension %d or partition %d is out of range".formatted(dimension, partition));
    }
    this.options = options;
    this.dimension = dimension;
    this.centroids = new VectorTable(dimension);
    this.clock = new EventClock(1);
    this.unit = new float[dimension];
    this.firstId = ((long) partition << PARTITION_SHIFT) + 1;
    this.nextId = firstId;
    this.lastId = (((long) partition + 1) << PARTITION_SHIFT) - 1;
  }

  /** Whether two ids were given in one partition. */
  static boolean areOfOnePartition(long a, long b) {
    return a >> PARTITION_SHIFT == b >> PARTITION_SHIFT;
  }

  /** Number of micro-clusters now. */
  public int size() {
    return clusters.size();
  }

  /** The stream's time now: the latest median of its records' times. */
  public long now() {
    return clock.now();
  }

  /**
   * Takes a record in, with no limit to those that begin.
   *
   * @param time of the record
   * @param vector its embedding; scaled to length one here
   * @param id the record's own
   * @param text of the record
   * @throws IllegalArgumentException if the vector is of another dimension, zero or not finite
   */
  public Assignment add(long time, float[] vector, String id, String text) {
    return add(time, vector, id, text, Long.MAX_VALUE);
  }

  /**
   * Takes a record in.
   *
   * @param time of the record
   * @param vector its embedding; scaled to length one here
   * @param id the record's own
   * @param text of the record
   * @param known the latest micro-cluster that a macro step has seen, or less
   * @throws IllegalArgumentException if the vector is of another dimension, zero or not finite
   */
  public Assignment add(long time, float[] vector, String id, String text, long known) {
    Vectors.unit(vector, dimension, unit);
    clock.observe(time);
    long at = Math.min(time, latest());
    double weight = Decay.factor(at, clock.now(), options.halfLife());
    int nearest = nearest(unit);
    List<Neighbour> neighbours = List.of();
    if (nearest >= 0) {
      statistics.add(similarities, clusters.size(), nearest);
      float similarity = similarities[nearest];
      neighbours = related();
      boolean repeats = similarity >= SAME;
      if (repeats || isTooFresh(known)) {
        MicroCluster cluster = clusters.get(nearest);
        Representative record = new Representative(id, text, similarity, at);
        // What is only sampled must not blur what is there.
        cluster.add(repeats ? unit : cluster.mean(), weight, clock.now(), record, options);
        updated(nearest);
        return new Assignment(cluster.id(), similarity, neighbours, false);
      }
    }
    MicroCluster created = create();
    created.add(unit, weight, clock.now(), new Representative(id, text, 1, at), options);
    updated(clusters.size() - 1);
    while (clusters.size() > options.maxMicroClusters()) { // many, where the cap has been lowered
      dropOldest();
    }
    return new Assignment(created.id(), 1, neighbours, true);
  }

  /**
   * Keeps what was said of a record, for those that come before a macro step has seen it.
   *
   * @param assignment of the record, the last that came
   */
  public void place(Assignment assignment, Placed placed) {
    Integer row = assignment.begins() ? rows.get(assignment.microCluster()) : null;
    if (row != null) {
      clusters.get(row).place(placed.cluster());
      changed.add(assignment.microCluster());
    }
  }

  /** Whether so many have begun since the macro step that the next one would know too few. */
  private boolean isTooFresh(long known) {
    long fresh = nextId - 1 - Math.max(known, firstId - 1);
    return known < nextId && fresh >= Math.max(1, options.maxMicroClusters() / FRESH_SHARE);
  }

  /** The latest time that is believed. */
  private long latest() {
    long now = clock.now();
    return now > Long.MAX_VALUE - options.maxAhead() ? Long.MAX_VALUE : now + options.maxAhead();
  }

  private boolean isRelated(float similarity) {
    return similarity >= SAME || similarity > statistics.unrelated();
  }

  /** Fills {@link #similarities} and returns the row of the greatest, -1 if there is none. */
  private int nearest(float[] vector) {
    int size = clusters.size();
    similarities = centroids.dots(vector, size, similarities);
    int best = -1;
    for (int row = 0; row < size; row++) {
      if (best < 0 || isNearer(row, best)) {
        best = row;
      }
    }
    return best;
  }

  /** The nearest of those that are related, by {@link #similarities}. */
  private List<Neighbour> related() {
    int size = clusters.size();
    int[] best = new int[NEIGHBOURS];
    int count = 0;
    double least = Math.min(SAME, Math.nextUp(statistics.unrelated()));
    for (int row = 0; row < size; row++) {
      if (similarities[row] < least || (count == NEIGHBOURS && !isNearer(row, best[count - 1]))) {
        continue;
      }
      count = Math.min(count + 1, NEIGHBOURS);
      int at = count - 1;
      for (; at > 0 && isNearer(row, best[at - 1]); at--) {
        best[at] = best[at - 1];
      }
      best[at] = row;
    }
    return Arrays.stream(best, 0, count)
        .mapToObj(
            row ->
                new Neighbour(
                    clusters.get(row).id(), similarities[row], clusters.get(row).placed()))
        .toList();
  }

  /**
   * The micro-clusters near a vector, nearest first, as {@link Assignment#neighbours} has them;
   * nothing is learned from it.
   *
   * @param vector scaled to length one here
   * @throws IllegalArgumentException if the vector is of another dimension, zero or not finite
   */
  public List<Neighbour> neighbours(float[] vector) {
    Vectors.unit(vector, dimension, unit);
    return nearest(unit) < 0 ? List.of() : related();
  }

  private boolean isNearer(int row, int than) {
    return similarities[row] > similarities[than]
        || (similarities[row] == similarities[than]
            && clusters.get(row).id() < clusters.get(than).id());
  }

  private MicroCluster create() {
    if (nextId > lastId) {
      throw new IllegalStateException("the partition has used all its micro-cluster ids");
    }
    MicroCluster created = new MicroCluster(nextId++, dimension);
    append(created);
    return created;
  }

  private void append(MicroCluster cluster) {
    rows.put(cluster.id(), clusters.size());
    clusters.add(cluster);
  }

  private void updated(int row) {
    MicroCluster cluster = clusters.get(row);
    changed.add(cluster.id());
    place(row);
  }

  private void place(int row) {
    MicroCluster cluster = clusters.get(row);
    float[] direction = new float[dimension];
    Vectors.direction(cluster.mean(), direction);
    centroids.set(row, direction);
  }

  private void dropOldest() {
    MicroCluster dropped = remove(rows.firstEntry().getValue());
    float[] direction = new float[dimension];
    Vectors.direction(dropped.mean(), direction);
    int nearest = nearest(direction);
    if (isRelated(similarities[nearest])) {
      clusters.get(nearest).inherit(dropped, clock.now(), options);
      updated(nearest);
    }
  }

  private MicroCluster remove(int row) {
    MicroCluster removed = clusters.get(row);
    MicroCluster last = clusters.remove(clusters.size() - 1);
    rows.remove(removed.id());
    if (last != removed) {
      clusters.set(row, last);
      rows.put(last.id(), row);
      place(row);
    }
    changed.add(removed.id());
    return removed;
  }

  /**
   * The entries that changed since the last call, by id; a deleted micro-cluster has no bytes.
   * Applied to a store in any order they make it what {@link #restore} needs.
   */
  public List<Changed> drainChanges() {
    List<Changed> changes = new ArrayList<>();
    if (!changed.isEmpty()) {
      changes.add(new Changed(STATE_ID, stateBytes()));
    }
    for (long id : changed) {
      Integer row = rows.get(id);
      changes.add(new Changed(id, row == null ? null : clusters.get(row).summary().toBytes()));
    }
    changed.clear();
    return changes;
  }

  /**
   * Puts a stored entry back; after all of them it goes on as the one that stored them.
   *
   * @param bytes as {@link #drainChanges} gave them; null if the entry was deleted
   * @throws IllegalArgumentException if they are damaged, or of another version or dimension
   */
  public void restore(long id, byte[] bytes) {
    if (id == STATE_ID) {
      if (bytes != null) {
        readState(bytes);
      }
      return;
    }
    Integer row = rows.get(id);
    if (bytes == null) {
      if (row != null) {
        remove(row);
        changed.remove(id);
      }
      return;
    }
    MicroSummary stored = MicroSummary.fromBytes(bytes);
    if (stored.id() != id || stored.centroid().length != dimension) {
      throw new IllegalArgumentException(
          "entry %d holds micro-cluster %d of %d dimensions, not %d"
              .formatted(id, stored.id(), stored.centroid().length, dimension));
    }
    // A store that was not written in one transaction may know of an id and not of the next.
    nextId = Math.max(nextId, id + 1);
    MicroCluster cluster = new MicroCluster(stored);
    if (row == null) {
      append(cluster);
      row = clusters.size() - 1;
    } else {
      clusters.set(row, cluster);
    }
    place(row);
  }

  private byte[] stateBytes() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeByte(VERSION);
      out.writeLong(nextId);
      for (long value : clock.state()) {
        out.writeLong(value);
      }
      statistics.write(out);
    } catch (IOException e) {
      throw new UncheckedIOException(e); // memory does not fail
    }
    return bytes.toByteArray();
  }

  private void readState(byte[] bytes) {
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
      Binary.expectVersion(in.readByte(), VERSION, "micro-clusters' state");
      nextId = Math.max(nextId, in.readLong());
      long[] state = clock.state();
      for (int i = 0; i < state.length; i++) {
        state[i] = in.readLong();
      }
      clock.restore(state);
      statistics.read(in);
      Binary.expectEnd(in, "micro-clusters' state");
    } catch (IOException e) {
      throw new IllegalArgumentException("the micro-clusters' state is cut short", e);
    }
  }

  /**
   * What the macro step needs, by id.
   *
   * @param time to which weights are faded; the stream's own where that is later
   */
  public List<MicroSummary> summaries(long time) {
    long now = Math.max(time, clock.now());
    return rows.keySet().stream()
        .map(id -> clusters.get(rows.get(id)).summary().at(now, options.halfLife()))
        .toList();
  }
}
