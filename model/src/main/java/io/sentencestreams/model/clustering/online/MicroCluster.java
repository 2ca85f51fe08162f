package io.sentencestreams.model.clustering.online;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/** A micro-cluster as it grows. Weights are as of its last update and fade when they are read. */
final class MicroCluster {
  private final long id;
  private long updated;
  private double weight;
  private double squares;
  private long count;
  private long placed = Placed.NOISE;
  private long firstSeen;
  private long lastSeen;
  private final float[] mean;
  private final List<Representative> representatives;
  private final Map<String, Double> terms;
  private MicroSummary summary; // null once it is out of date

  /** An empty one. */
  MicroCluster(long id, int dimension) {
    this.id = id;
    this.updated = Long.MIN_VALUE;
    this.firstSeen = Long.MAX_VALUE;
    this.lastSeen = Long.MIN_VALUE;
    this.mean = new float[dimension];
    this.representatives = new ArrayList<>();
    this.terms = new HashMap<>();
  }

  /** As it was stored. */
  MicroCluster(MicroSummary stored) {
    this.id = stored.id();
    this.updated = stored.time();
    this.weight = stored.weight();
    this.squares = stored.squares();
    this.count = stored.count();
    this.placed = stored.placed();
    this.firstSeen = stored.firstSeen();
    this.lastSeen = stored.lastSeen();
    this.mean = stored.centroid().clone();
    this.representatives = new ArrayList<>(stored.representatives());
    this.terms = new HashMap<>(stored.terms());
  }

  long id() {
    return id;
  }

  long count() {
    return count;
  }

  /** The cluster that was said of its first record. */
  long placed() {
    return placed;
  }

  void place(long cluster) {
    placed = cluster;
    summary = null;
  }

  float[] mean() {
    return mean;
  }

  void add(
      float[] vector, double recordWeight, long now, Representative record, MicroClusterOptions o) {
    fade(now, o.halfLife());
    absorb(vector, recordWeight, recordWeight * recordWeight, 1, record.time(), record.time());
    for (String term : Terms.of(record.text())) {
      terms.merge(term, recordWeight, Double::sum);
    }
    limitTerms(o.terms());
    representatives.add(record);
    limitRepresentatives(o);
  }

  /** Counts the records of another as its own, but stays where it is. */
  void inherit(MicroCluster other, long now, MicroClusterOptions o) {
    fade(now, o.halfLife());
    other.fade(now, o.halfLife());
    absorb(mean, other.weight, other.squares, other.count, other.firstSeen, other.lastSeen);
    other.terms.forEach((term, value) -> terms.merge(term, value, Double::sum));
    limitTerms(o.terms());
    representatives.addAll(other.representatives);
    limitRepresentatives(o);
  }

  private void absorb(
      float[] centre, double added, double addedSquares, long records, long first, long last) {
    weight += added;
    squares += addedSquares;
    count += records;
    firstSeen = Math.min(firstSeen, first);
    lastSeen = Math.max(lastSeen, last);
    float share = weight > 0 ? (float) (added / weight) : 0;
    for (int d = 0; d < mean.length; d++) {
      mean[d] += share * (centre[d] - mean[d]);
    }
  }

  private void fade(long now, long halfLife) {
    summary = null;
    double factor = Decay.factor(updated, now, halfLife);
    weight *= factor;
    squares *= factor * factor;
    if (factor < 1) {
      terms.replaceAll((term, value) -> value * factor);
    }
    updated = Math.max(updated, now);
  }

  /** Down to the limit once there are twice as many: a new word needs time to prove itself. */
  private void limitTerms(int limit) {
    if (terms.size() <= 2 * limit) {
      return;
    }
    List<Map.Entry<String, Double>> entries = new ArrayList<>(terms.entrySet());
    entries.sort(BY_WEIGHT);
    for (Map.Entry<String, Double> entry : entries.subList(limit, entries.size())) {
      terms.remove(entry.getKey());
    }
  }

  private static final Comparator<Map.Entry<String, Double>> BY_WEIGHT =
      Map.Entry.<String, Double>comparingByValue()
          .reversed()
          .thenComparing(Map.Entry.comparingByKey());

  /** Keeps those that are typical and recent. */
  private void limitRepresentatives(MicroClusterOptions options) {
    representatives.sort(
        Comparator.comparingDouble(
            (Representative r) ->
                -r.similarity() * Decay.factor(r.time(), updated, options.halfLife())));
    Iterator<Representative> all = representatives.iterator();
    for (int i = 0; all.hasNext(); i++) {
      all.next();
      if (i >= options.representatives()) {
        all.remove();
      }
    }
  }

  /** As of the last update; never changed afterwards. */
  MicroSummary summary() {
    if (summary == null) {
      summary =
          new MicroSummary(
              id,
              updated,
              weight,
              squares,
              count,
              placed,
              firstSeen,
              lastSeen,
              mean.clone(),
              List.copyOf(representatives),
              Map.copyOf(terms));
    }
    return summary;
  }
}
