package io.sentencestreams.model.window;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** The vectors of a sliding window. Not thread-safe: one per partition and model version. */
public final class VectorWindow {
  private record Entry(long handle, long time, short[] vector) {}

  private final int dimension;
  private final float threshold;
  private final long sliceMillis;
  private final List<Entry> entries = new ArrayList<>();

  /**
   * An empty window.
   *
   * @param dimension of the vectors
   * @param threshold the lowest similarity that is ever searched for
   * @param sliceMillis time that {@link #expire} drops at once
   */
  public VectorWindow(int dimension, float threshold, long sliceMillis) {
    if (dimension < 1 || !(threshold >= -1 && threshold <= 1) || sliceMillis < 1) {
      throw new IllegalArgumentException(
          "dimension %d, threshold %s, slices of %d ms: a dimension and a slice must be at least 1, a threshold a cosine from -1 to 1"
              .formatted(dimension, threshold, sliceMillis));
    }
    this.dimension = dimension;
    this.threshold = threshold;
    this.sliceMillis = sliceMillis;
  }

  /** Adds a vector; times may come in any order. */
  public void add(long handle, long time, short[] vector) {
    check(vector);
    entries.add(new Entry(handle, time, vector.clone()));
  }

  /**
   * Visits the vectors at least so similar, with a time from {@code fromTime} to {@code toTime}.
   */
  public void search(
      short[] query, float threshold, long fromTime, long toTime, MatchVisitor visitor) {
    check(query);
    if (!(threshold >= this.threshold)) {
      throw new IllegalArgumentException(
          "threshold %s is below the %s that this window was made for"
              .formatted(threshold, this.threshold));
    }
    for (Entry entry : entries) {
      if (entry.time >= fromTime && entry.time <= toTime) {
        float similarity = FixedPointVector.similarity(query, entry.vector);
        if (similarity >= threshold && !visitor.match(entry.handle, entry.time, similarity)) {
          return;
        }
      }
    }
  }

  /** The {@code k} most similar vectors of a span of time, best first. */
  public List<Match> nearest(short[] query, int k, long fromTime, long toTime) {
    check(query);
    return entries.stream()
        .filter(entry -> entry.time >= fromTime && entry.time <= toTime)
        .map(e -> new Match(e.handle, e.time, FixedPointVector.similarity(query, e.vector)))
        .sorted(Comparator.comparingDouble((Match match) -> -match.similarity()))
        .limit(k)
        .toList();
  }

  /** Removes one vector; whether it was there. */
  public boolean remove(long handle, long time) {
    for (int i = 0; i < entries.size(); i++) {
      if (entries.get(i).handle == handle && entries.get(i).time == time) {
        entries.remove(i);
        return true;
      }
    }
    return false;
  }

  /** Drops the slices that end before a time; returns how many vectors went. */
  public long expire(long beforeTime) {
    long first = Math.floorDiv(beforeTime, sliceMillis);
    long before = entries.size();
    entries.removeIf(entry -> Math.floorDiv(entry.time, sliceMillis) < first);
    return before - entries.size();
  }

  /** Number of vectors. */
  public long size() {
    return entries.size();
  }

  /** Bytes of what the window holds. */
  public long memoryBytes() {
    return entries.size() * ((long) dimension * Short.BYTES + 64);
  }

  private void check(short[] vector) {
    if (vector.length != dimension) {
      throw new IllegalArgumentException(
          "a vector of %d dimensions in a window of %d".formatted(vector.length, dimension));
    }
  }
}
