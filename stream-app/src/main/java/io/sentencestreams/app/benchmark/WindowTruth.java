package io.sentencestreams.app.benchmark;

import io.sentencestreams.model.internal.UnitVectors;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;

/**
 * What a window should find for a sample of its records: all fp32 cosines with the records before
 * them in the window, computed on all cores. Pairs within {@value #BAND} of the threshold count for
 * nothing, since vectors in half precision may fall on either side.
 */
final class WindowTruth {
  private static final float BAND = 1e-3f;

  private final float[][] vectors;
  private final int size;
  private final float threshold;
  private final Map<Integer, Set<Long>> found = new TreeMap<>();

  /**
   * Counts.
   *
   * @param expected pairs at or above the threshold
   * @param hits those of them that were found
   * @param wrong found, but not true
   * @param withinBand too near to the threshold to count
   */
  record Pairs(long expected, long hits, long wrong, long withinBand) {}

  /**
   * A sample, evenly spread over the records after the first window.
   *
   * @param vectors of all records
   * @param size of the window, in records
   * @param sample how many records
   */
  WindowTruth(float[][] vectors, int size, float threshold, int sample) {
    this.vectors = vectors;
    this.size = size;
    this.threshold = threshold;
    int after = vectors.length - size;
    int count = Math.min(sample, after);
    for (long i = 0; i < count; i++) {
      found.put(size + (int) (i * after / count), new HashSet<>());
    }
  }

  /** Where the search of a record notes what it finds; null if the record is not in the sample. */
  Set<Long> found(int record) {
    return found.get(record);
  }

  /** Compares what was found with the truth. */
  Pairs judge() {
    int[] queries = found.keySet().stream().mapToInt(Integer::intValue).toArray();
    UnitVectors units =
        new UnitVectors(Arrays.stream(queries).mapToObj(i -> vectors[i]).toArray(float[][]::new));
    float[][] unit = new float[queries.length][vectors[0].length];
    for (int i = 0; i < queries.length; i++) {
      units.get(i, unit[i]);
    }
    Map<Integer, Map<Long, Float>> near = new ConcurrentHashMap<>();
    int blocks = (vectors.length + UnitVectors.WIDTH - 1) / UnitVectors.WIDTH;
    IntStream.range(0, blocks).parallel().forEach(block -> compare(block, queries, unit, near));
    long expected = 0;
    long hits = 0;
    long wrong = 0;
    long band = 0;
    for (int query : queries) {
      Set<Long> all = new HashSet<>(found.get(query));
      for (Map.Entry<Long, Float> pair : near.getOrDefault(query, Map.of()).entrySet()) {
        boolean hit = all.remove(pair.getKey());
        if (Math.abs(pair.getValue() - threshold) < BAND) {
          band++;
        } else {
          expected++;
          hits += hit ? 1 : 0;
        }
      }
      wrong += all.size();
    }
    return new Pairs(expected, hits, wrong, band);
  }

  private void compare(
      int block, int[] queries, float[][] unit, Map<Integer, Map<Long, Float>> near) {
    int from = block * UnitVectors.WIDTH;
    int to = Math.min(vectors.length, from + UnitVectors.WIDTH);
    UnitVectors base = new UnitVectors(Arrays.copyOfRange(vectors, from, to));
    float[] dots = new float[UnitVectors.WIDTH];
    Map<Integer, Map<Long, Float>> here = new HashMap<>();
    for (int q = 0; q < queries.length; q++) {
      int first = Math.max(from, queries[q] - size);
      int last = Math.min(to, queries[q]);
      if (first >= last) {
        continue;
      }
      base.dots(unit[q], 0, dots);
      for (int i = first; i < last; i++) {
        if (dots[i - from] > threshold - BAND) {
          here.computeIfAbsent(queries[q], query -> new HashMap<>()).put((long) i, dots[i - from]);
        }
      }
    }
    here.forEach(
        (query, pairs) ->
            near.merge(
                query,
                pairs,
                (some, more) -> {
                  some.putAll(more);
                  return some;
                }));
  }
}
