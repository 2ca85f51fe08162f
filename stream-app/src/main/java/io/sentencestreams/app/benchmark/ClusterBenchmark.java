package io.sentencestreams.app.benchmark;

import io.sentencestreams.model.clustering.online.ClusterEvent;
import io.sentencestreams.model.clustering.online.MacroOptions;
import io.sentencestreams.model.clustering.online.MacroStep;
import io.sentencestreams.model.clustering.online.MicroClusterOptions;
import io.sentencestreams.model.clustering.online.OnlineClusterer;
import io.sentencestreams.model.clustering.online.Placed;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Online clusters over a stream, test-then-train: a record's cluster is what is said when it
 * arrives, before it is learned from.
 */
public final class ClusterBenchmark {
  private static final int PARTS = 10;
  private static final ThreadMXBean CPU = ManagementFactory.getThreadMXBean();

  private ClusterBenchmark() {}

  /**
   * What came out.
   *
   * @param atArrival cluster of each record when it arrived, 0 for noise
   * @param resolved the same, with clusters that merged later counted as what they merged into
   * @param provisional records whose cluster had not been published when they arrived
   * @param clusters at the end
   * @param evenOdds similarity at which a record and its neighbour are as likely of one cluster as
   *     of two, at the end
   * @param microsPerRecord processor time of a record, macro steps and all, in each tenth of the
   *     stream
   * @param stability for each tenth but the last: of the pairs of its records in one cluster at its
   *     end, the share still in one cluster at the end of the next; NaN if there was no pair
   * @param kept for each tenth but the last: of its records in a cluster at its end, the share with
   *     the same id at the end of the next
   */
  @SuppressWarnings("ArrayRecordComponent") // a result on its way to the printer
  public record Result(
      long[] atArrival,
      long[] resolved,
      int provisional,
      int clusters,
      double evenOdds,
      double[] microsPerRecord,
      double[] stability,
      double[] kept) {}

  /**
   * Runs the stream.
   *
   * @param halfLife in records
   * @param every records between two macro steps
   */
  public static Result run(
      float[][] vectors, List<String> texts, long halfLife, int every, int maxMicroClusters) {
    OnlineClusterer clusterer =
        new OnlineClusterer(
            MicroClusterOptions.DEFAULT
                .withHalfLife(halfLife)
                .withMaxMicroClusters(maxMicroClusters),
            MacroOptions.DEFAULT.withHalfLife(halfLife),
            vectors[0].length,
            every);
    int size = vectors.length;
    long[] atArrival = new long[size];
    int provisional = 0;
    Map<Long, Long> merged = new HashMap<>();
    double[] micros = new double[PARTS];
    double[] stability = new double[PARTS - 1];
    double[] kept = new double[PARTS - 1];
    long[] before = new long[0];
    for (int part = 0; part < PARTS; part++) {
      int from = start(part, size);
      int to = start(part + 1, size);
      long nanos = 0;
      for (int i = from; i < to; i++) {
        long begin = CPU.getCurrentThreadCpuTime();
        Placed placed = clusterer.add(i, vectors[i], Integer.toString(i), texts.get(i));
        nanos += CPU.getCurrentThreadCpuTime() - begin;
        atArrival[i] = placed.cluster();
        provisional += placed.provisional() ? 1 : 0;
        if ((i + 1) % every == 0) {
          follow(clusterer.last().orElseThrow(), merged);
        }
      }
      micros[part] = nanos / 1e3 / Math.max(1, to - from);
      MacroStep step = clusterer.step();
      follow(step, merged);
      if (part > 0) {
        long[] after = place(clusterer, vectors, start(part - 1, size), from);
        stability[part - 1] = stability(before, after);
        kept[part - 1] = kept(before, after);
      }
      before = place(clusterer, vectors, from, to);
    }
    MacroStep end = clusterer.last().orElseThrow();
    long[] resolved = Arrays.stream(atArrival).map(id -> resolve(id, merged)).toArray();
    return new Result(
        atArrival,
        resolved,
        provisional,
        end.clusters().size(),
        end.odds().even(),
        micros,
        stability,
        kept);
  }

  private static int start(int part, int size) {
    return (int) ((long) part * size / PARTS);
  }

  private static void follow(MacroStep step, Map<Long, Long> merged) {
    for (ClusterEvent event : step.events()) {
      if (event instanceof ClusterEvent.MergedInto merge) {
        merged.put(merge.cluster(), merge.into());
      }
    }
  }

  private static long resolve(long id, Map<Long, Long> merged) {
    long result = id;
    // A cluster that is gone never comes back, so this ends.
    while (merged.containsKey(result)) {
      result = merged.get(result);
    }
    return result;
  }

  private static long[] place(OnlineClusterer clusterer, float[][] vectors, int from, int to) {
    long[] clusters = new long[to - from];
    for (int i = from; i < to; i++) {
      clusters[i - from] = clusterer.place(vectors[i]).cluster();
    }
    return clusters;
  }

  /** Share of the pairs that were together and still are; noise is with nothing. */
  static double stability(long[] before, long[] after) {
    Map<Long, Map<Long, Long>> cells = new HashMap<>();
    for (int i = 0; i < before.length; i++) {
      if (before[i] != 0) {
        cells.computeIfAbsent(before[i], key -> new HashMap<>()).merge(after[i], 1L, Long::sum);
      }
    }
    double together = 0;
    double still = 0;
    for (Map<Long, Long> row : cells.values()) {
      double all = row.values().stream().mapToLong(Long::longValue).sum();
      together += all * (all - 1) / 2;
      for (Map.Entry<Long, Long> cell : row.entrySet()) {
        double count = cell.getValue();
        still += cell.getKey() == 0 ? 0 : count * (count - 1) / 2;
      }
    }
    return together == 0 ? Double.NaN : still / together;
  }

  private static double kept(long[] before, long[] after) {
    int placed = 0;
    int same = 0;
    for (int i = 0; i < before.length; i++) {
      if (before[i] != 0) {
        placed++;
        same += before[i] == after[i] ? 1 : 0;
      }
    }
    return placed == 0 ? Double.NaN : (double) same / placed;
  }
}
